"""Payments, and the daily totals that are counted in the write that completes each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pynamodb.expressions.condition import Condition

from chalicelib.kit.dynamo import writes
from chalicelib.retainer.domain.payments import (
    UNCOVERED,
    Cents,
    Kind,
    Payment,
    PaymentState,
    day_of,
)
from chalicelib.retainer.store.pay_tables import Payments, Totals
from chalicelib.retainer.store.ttl import ttl_after

KEEP_PAID_DAYS = 400
_UNCOVERED = "1"
_WHY_MOST = 500


class DynamoPayments:
    """Every change is one conditional write; completing is one transaction with the total."""

    def owe(self, payment: Payment) -> Payment:
        """Record what is owed, once; return the row that is there."""
        row = Payments(
            payment.id, kind=payment.kind.value, proto=payment.proto, market=payment.market,
            worker=payment.worker, assignment=payment.assignment, hit=payment.hit,
            owed=payment.owed_ms, work=payment.work_cents, wait=payment.wait_cents,
            quick=payment.quick_cents, fee=payment.fee_cents, reason=payment.reason or None,
            waited=payment.waited_ms, state=payment.state.value, open=payment.proto,
            since=f"{payment.owed_ms:013d}#{payment.id}",
        )  # fmt: skip
        _, there = writes.try_put(row, Payments.id.does_not_exist())
        return payment if there is None else _payment(there)

    def find(self, payment_id: str) -> Payment | None:
        row = writes.find_item(Payments, payment_id, consistent=True)
        return None if row is None else _payment(row)

    def find_many(self, payment_ids: Sequence[str]) -> dict[str, Payment]:
        """Give those that are there, perhaps as they were a moment ago: half a unit for each name,
        a hundred names at a time."""
        found = Payments.batch_get(list(payment_ids)) if payment_ids else []
        return {row.id: _payment(row) for row in found}

    def page(self, proto: str, before: str | None, limit: int) -> list[tuple[str, Payment]]:
        """Give a ProtoHIT's payments, those owed last first, each with its place in that order."""
        condition = None if before is None else Payments.since < before
        keys = Payments.proto_index.query(proto, condition, scan_index_forward=False, limit=limit)
        places = {row.id: row.since for row in keys}
        found = [(places[p.id], p) for p in self.find_many(list(places)).values()]
        return sorted(found, key=lambda pair: pair[0], reverse=True)

    def trying(self, payment: Payment, now_ms: int) -> Payment | None:
        """Record that it is about to be sent, the first time; None if it is not to be any more."""
        actions: list[Any] = [Payments.tried.set(now_ms)]
        if payment.kind in UNCOVERED:
            actions.append(Payments.uncovered.set(_UNCOVERED))
        done, row = writes.try_update(
            Payments(payment.id), actions, _is(payment) & Payments.tried.does_not_exist()
        )
        there = None if row is None else _payment(row)
        if done or (there is not None and _same(there, payment)):
            return there
        return None

    def posted(self, payment: Payment, posting: str, now_ms: int) -> Payment | None:
        """Record the HIT that a compensation is paid by; None if it is not to be any more."""
        done, row = writes.try_update(
            Payments(payment.id),
            [
                Payments.state.set(PaymentState.POSTED.value), Payments.posting.set(posting),
                Payments.why.remove(), Payments.again.set(now_ms),
            ],
            _is(payment),
        )  # fmt: skip
        return _payment(row) if done and row is not None else None

    def reopen(self, payment: Payment) -> None:
        """Owe it again: its HIT ended and nobody took it. The next one has another token."""
        writes.try_update(
            Payments(payment.id),
            [
                Payments.state.set(PaymentState.OWED.value), Payments.posting.remove(),
                Payments.tried.remove(), Payments.uncovered.remove(), Payments.attempt.add(1),
            ],
            _is(payment),
        )  # fmt: skip

    def reroute(self, payment: Payment, to: Payment) -> Payment:
        """Pay by bonus what was to be compensated, if nothing was sent yet; return the row."""
        _, row = writes.try_update(
            Payments(payment.id),
            [
                Payments.kind.set(to.kind.value), Payments.wait.set(to.wait_cents),
                Payments.quick.set(to.quick_cents), Payments.fee.set(to.fee_cents),
                Payments.reason.set(to.reason), Payments.waited.set(to.waited_ms),
                Payments.again.set(0), Payments.why.remove(),
            ],
            _is(payment) & Payments.tried.does_not_exist(),
        )  # fmt: skip
        return payment if row is None else _payment(row)

    def trouble(self, payment: Payment, why: str, again_ms: int) -> None:
        """Note why it could not be paid now, and when to try again."""
        if (why, again_ms) == (payment.why, payment.again_ms):
            return
        writes.try_update(
            Payments(payment.id),
            [Payments.why.set(why[:_WHY_MOST]), Payments.again.set(again_ms)],
            _is(payment),
        )

    def complete(self, payment: Payment, now_ms: int) -> bool:
        """Record that it is paid, and count it in the day's total: both or neither, once."""
        spent = Cents.of(payment)
        actions = [
            Payments.state.set(PaymentState.PAID.value), Payments.paid.set(now_ms),
            Payments.open.remove(), Payments.why.remove(),
            Payments.ttl.set(ttl_after(now_ms, KEEP_PAID_DAYS)),
        ]  # fmt: skip
        counted = [
            Totals.waiting.add(spent.waiting), Totals.work.add(spent.work),
            Totals.bonus.add(spent.bonus), Totals.fee.add(spent.fee),
        ]  # fmt: skip
        total = Totals(payment.proto, day_of(now_ms))
        return writes.try_commit(
            writes.Update("payment", Payments(payment.id), actions, _is(payment)),
            writes.Update("total", total, counted),
        )

    def void(self, payment: Payment) -> None:
        """Close what is not owed after all: work that was refused."""
        writes.try_update(
            Payments(payment.id),
            [
                Payments.state.set(PaymentState.VOID.value), Payments.open.remove(),
                Payments.ttl.set(ttl_after(payment.owed_ms, KEEP_PAID_DAYS)),
            ],
            _is(payment),
        )  # fmt: skip

    def give_up(self, payment: Payment, why: str, now_ms: int) -> bool:
        """Close what can never be paid, with the reason; it stays among what is shown as owed until
        `set_aside`."""
        done, _ = writes.try_update(
            Payments(payment.id),
            [
                Payments.state.set(PaymentState.VOID.value), Payments.why.set(why[:_WHY_MOST]),
                Payments.again.set(now_ms), Payments.uncovered.remove(),
                Payments.ttl.set(ttl_after(now_ms, KEEP_PAID_DAYS)),
            ],
            _is(payment),
        )  # fmt: skip
        return done

    def set_aside(self, payment: Payment) -> None:
        """Show a payment that was given up no more among what is owed."""
        writes.try_update(Payments(payment.id), [Payments.open.remove()], _is(payment))

    def compensate(self, payment: Payment, fee_cents: int) -> bool:
        """Owe as a compensation what the market can pay no bonus for: it was refused, not sent."""
        done, _ = writes.try_update(
            Payments(payment.id),
            [
                Payments.kind.set(Kind.COMPENSATION.value), Payments.fee.set(fee_cents),
                Payments.tried.remove(), Payments.attempt.add(1), Payments.again.set(0),
                Payments.why.remove(),
            ],
            _is(payment),
        )  # fmt: skip
        return done

    def rename(self, payment: Payment, worker: str) -> None:
        """Give a payment that is over another worker's name, a mark, everywhere in its row; both
        the old row and the new one, or neither. Its total is not touched."""
        name = payment.id.replace(f"#{payment.worker}", f"#{worker}")
        row = writes.find_item(Payments, payment.id, consistent=True)
        if row is None or _payment(row).is_open:
            return
        if name == payment.id:
            actions = [
                Payments.worker.set(worker), Payments.reason.remove(), Payments.why.remove(),
                Payments.open.remove(),
            ]  # fmt: skip
            writes.try_update(Payments(name), actions, Payments.state == row.state)
            return
        left = {"id", "reason", "why", "open"}
        values = {k: v for k, v in row.attribute_values.items() if k not in left}
        values |= {"worker": worker, "since": f"{payment.owed_ms:013d}#{name}"}
        writes.commit(writes.Delete("old", row), writes.Put("new", Payments(name, **values)))

    def open(self, proto: str) -> Iterator[Payment]:
        """Give what is owed, and what is posted and not taken yet; from an index."""
        for row in Payments.open_index.query(proto):
            yield _payment(row)

    def uncovered(self, since_ms: int) -> Iterator[Payment]:
        """Give what was sent since then without a posting's having committed it."""
        for row in Payments.uncovered_index.query(_UNCOVERED, Payments.tried >= since_ms):
            yield _payment(row)

    def totals(self, proto: str, first: str, last: str) -> list[tuple[str, Cents]]:
        """Give what was spent on each day, both included, that anything was spent on."""
        return [
            (
                row.day,
                Cents(*(int(n or 0) for n in (row.waiting, row.work, row.bonus, row.fee))),
            )
            for row in Totals.query(proto, Totals.day.between(first, last))
        ]


def _is(payment: Payment) -> Condition:
    """It is open still, nobody has brought it on since it was read, nor paid it another way."""
    same: Condition = (
        Payments.open.exists()
        & (Payments.state == payment.state.value)
        & (Payments.attempt == payment.attempt)
        & (Payments.kind == payment.kind.value)
    )
    return same


def _same(there: Payment, payment: Payment) -> bool:
    return (there.state, there.attempt, there.kind) == (
        payment.state, payment.attempt, payment.kind,
    )  # fmt: skip


def _payment(row: Any) -> Payment:
    return Payment(
        id=row.id,
        kind=Kind(row.kind),
        proto=row.proto,
        market=row.market,
        worker=row.worker,
        assignment=row.assignment,
        hit=row.hit,
        owed_ms=int(row.owed),
        work_cents=int(row.work or 0),
        wait_cents=int(row.wait or 0),
        quick_cents=int(row.quick or 0),
        fee_cents=int(row.fee or 0),
        reason=row.reason or "",
        waited_ms=int(row.waited or 0),
        state=PaymentState(row.state),
        tried_ms=None if row.tried is None else int(row.tried),
        again_ms=int(row.again or 0),
        why=row.why or "",
        paid_ms=None if row.paid is None else int(row.paid),
        posting=row.posting,
        attempt=int(row.attempt or 1),
    )
