"""What must hold of the marketplace's tables whatever has happened, read from all rows."""

from __future__ import annotations

from collections import Counter, defaultdict

from chalicelib.marketplace.store.tables import (
    AssignmentRow,
    HitRow,
    LedgerRow,
    RequesterRow,
    WorkerRow,
)

_VISIBLE = {"Submitted", "Approved", "Rejected"}


def check_identities(initial_cents: int, now_ms: int) -> None:
    """Assert the identities of slots, states, money and ledger."""
    records = defaultdict(list)
    for row in AssignmentRow.scan(consistent_read=True):
        records[row.hit_id].append(row)
    held: Counter[str] = Counter()
    for hit in HitRow.scan(consistent_read=True):
        _check_hit(hit, records[hit.hit_id], now_ms)
        held[hit.account_id] += hit.held_slots * (hit.reward_cents + hit.fee_cents)
    _check_money(held, initial_cents)
    _check_workers([row for rows in records.values() for row in rows])


def _check_hit(hit: HitRow, records: list[AssignmentRow], now_ms: int) -> None:
    by_worker = {row.worker_id: row for row in records}
    visible = [row for row in records if row.status in _VISIBLE]
    reviewed = [row for row in visible if row.status != "Submitted"]
    assert hit.max_assignments - hit.room == len(visible), "a submission is counted once"
    assert hit.completed == len(reviewed), "a review is counted once"
    pending = hit.pending.as_dict()
    assert len(pending) <= hit.room, "no slot is given twice"
    for worker_id, slot in pending.items():
        assert by_worker[worker_id].status == "Accepted"
        assert by_worker[worker_id].assignment_id == slot["a"]
    needed = len(visible) - len(reviewed)
    if hit.deleted:
        assert hit.held_slots == 0
    elif now_ms < hit.expires_ms:
        assert hit.held_slots == hit.room + needed
    else:
        assert hit.held_slots >= needed + len(pending)


def _check_money(held: Counter[str], initial_cents: int) -> None:
    spent: Counter[str] = Counter()
    deposited: Counter[str] = Counter()
    rewards: Counter[str] = Counter()
    for row in LedgerRow.scan(consistent_read=True):
        if row.kind == "deposit":
            # The one that an account begins with is the initial balance.
            deposited[row.account_id] += 0 if row.entry.endswith("#first") else row.amount_cents
            continue
        spent[row.account_id] += row.amount_cents + row.fee_cents
        if row.kind == "reward":
            rewards[row.assignment_id] += 1
    assert all(count == 1 for count in rewards.values()), "a reward is paid once"
    for account in RequesterRow.scan(consistent_read=True):
        total = account.available_cents + account.held_cents + account.spent_cents
        assert total == initial_cents + deposited[account.account_id], "no cent comes or goes"
        assert account.held_cents == held[account.account_id]
        assert account.spent_cents == spent[account.account_id]
        assert account.available_cents >= 0


def _check_workers(records: list[AssignmentRow]) -> None:
    bonuses: Counter[str] = Counter()
    rewards: Counter[str] = Counter()
    for row in LedgerRow.scan(consistent_read=True):
        if row.kind == "bonus":
            bonuses[row.worker_id] += row.amount_cents
        elif row.kind == "reward":
            rewards[row.worker_id] += row.amount_cents
    for worker in WorkerRow.scan(consistent_read=True):
        own = [row for row in records if row.worker_id == worker.worker_id]
        states = Counter(row.status for row in own)
        assert worker.submitted == sum(states[s] for s in _VISIBLE)
        assert (worker.approved, worker.rejected) == (states["Approved"], states["Rejected"])
        cents = Counter[str]()
        for row in own:
            cents[row.status] += row.reward_cents
        assert worker.pending_cents == cents["Submitted"]
        assert worker.rewards_cents == cents["Approved"] == rewards[worker.worker_id]
        assert worker.bonuses_cents == bonuses[worker.worker_id] == sum(r.bonus_cents for r in own)
        assert len(worker.queue.as_dict()) <= 25
