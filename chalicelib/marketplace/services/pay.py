"""Pay records: who earned what in a period, for whoever pays people in the real world."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, TextIO

from chalicelib.kit.spreadsheets import table
from chalicelib.marketplace.domain.pay import earned
from chalicelib.mturk.prices import format_dollars

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.pay import PayStore
    from chalicelib.marketplace.domain.ports import WorkerStore
    from chalicelib.marketplace.services.accounts import Accounts
    from chalicelib.marketplace.services.tick import Tick

COLUMNS = (
    "worker_id",
    "worker",
    "requester_id",
    "requester",
    "rewards",
    "reward_dollars",
    "bonuses",
    "bonus_dollars",
    "total_dollars",
)


class PayRecords:
    def __init__(self, pay: PayStore, accounts: Accounts, workers: WorkerStore, tick: Tick) -> None:
        self._pay = pay
        self._accounts = accounts
        self._workers = workers
        self._tick = tick

    def write(self, first: date, last: date, out: TextIO) -> None:
        """Write a period's earnings as CSV, one line per worker and requester; days are UTC's.

        What fell due before is approved first, so that a closed period stays as it is.
        """
        self._tick.settle_all()
        from_ms, until_ms = _start_ms(first), _start_ms(last + timedelta(days=1))
        rows: list[tuple[str | int, ...]] = []
        for requester, _ in self._accounts.list():
            payments = self._pay.payments(requester.account_id, from_ms, until_ms)
            for line in earned(payments):
                worker = self._workers.find_worker(line.worker_id)
                rows.append(
                    (
                        line.worker_id,
                        worker.name if worker else "",
                        requester.account_id,
                        requester.name,
                        line.rewards,
                        format_dollars(line.reward_cents),
                        line.bonuses,
                        format_dollars(line.bonus_cents),
                        format_dollars(line.total_cents),
                    )
                )
        out.write(table(COLUMNS, rows))


def _start_ms(day: date) -> int:
    return round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
