"""Seats and the assignments that lead to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from chalicelib.kit.dynamo import writes
from chalicelib.retainer.domain.pay import Terms
from chalicelib.retainer.domain.ports import AssignmentSeat, SeatWritten
from chalicelib.retainer.domain.seats import Closed, Seat, gap_ms, paused_ms, unchecked_ms
from chalicelib.retainer.domain.sharing import Conditions
from chalicelib.retainer.store.tables import Assignments, Seats
from chalicelib.retainer.store.ttl import DAY_MS


class DynamoSeats:
    """Every verb is one write of an item under 1 KB (1 unit), or one read."""

    def get(self, proto: str, seat_id: str, *, consistent: bool = False) -> Seat | None:
        """Read a seat: half a unit, 1 if consistent."""
        row = writes.find_item(Seats, proto, seat_id, consistent=consistent)
        return None if row is None else _seat(row)

    def get_many(
        self, places: Sequence[tuple[str, str]], *, consistent: bool = False
    ) -> list[Seat]:
        """Read seats by (ProtoHIT, seat): those that are there; half a unit each, 1 if
        consistent."""
        found = Seats.batch_get(list(places), consistent_read=consistent) if places else []
        return [_seat(row) for row in found]

    def create(self, seat: Seat, keep_until_ms: int | None = None) -> Seat:
        """Write a new seat; return the one that is there, which may be an earlier one.

        Each sizing run reads every seat of its pool, so they are cleared away after
        `keep_until_ms` (default: a week).
        """
        row = Seats(
            seat.proto, seat.seat_id, assignment=seat.assignment, epoch=seat.epoch,
            worker=seat.worker, hit=seat.hit, arrived=seat.arrived_ms, seen=seat.seen_ms,
            until=seat.waits_until_ms, verified=seat.verified, acks=seat.acks, missed=0,
            base=seat.waits_from_ms, terms=seat.terms.to_text() or None, due=seat.due_ms,
            pool=seat.pool, conditions=None if seat.accepted is None else seat.accepted.to_text(),
            accepted=seat.accepted_ms, page=seat.page, guarded=seat.guarded or None,
            excluded=seat.excluded or None, load=seat.load or None,
            rests_until=seat.rests_until_ms, capped=seat.capped_cents,
            check=seat.check_ms, checked=seat.checked_ms, behind=seat.behind,
            queued=seat.queued_ms, stood=seat.stood_ms or None,
            ttl=(keep_until_ms or seat.arrived_ms + 7 * DAY_MS) // 1000,
        )  # fmt: skip
        _, there = writes.try_put(row, Seats.seat.does_not_exist())
        return _seat(there) if there is not None else seat

    def heartbeat(
        self, seat: Seat, now_ms: int, acks: bool, pool_size: int = 0, journal: str = ""
    ) -> Seat | None:
        """Record that the page is there; None if the seat is closed or gone.

        `journal`, where it is another than the seat's, takes its place.

        One write. After a gap that no heartbeat vouches for, the paid wait is put off by it, on
        condition that nobody was heard meanwhile: if somebody was, there was no gap, and it is
        written again.
        """
        for _ in range(2):
            actions: list[Any] = [Seats.seen.set(now_ms)]
            condition = Seats.seat.exists() & Seats.closed.does_not_exist()
            if acks and not seat.acks:
                actions.append(Seats.acks.set(True))
            if journal and journal != seat.journal:
                actions.append(Seats.journal.set(journal))
            if gap := gap_ms(seat, now_ms, pool_size):
                actions.append(Seats.base.set(seat.waits_from_ms + gap))
                condition &= Seats.seen == seat.seen_ms
            done, row = writes.try_update(_key(seat), actions, condition)
            if row is None or (done or row.closed is not None):
                break
            seat = _seat(row)
        return _seat(row) if done and row is not None else None

    def check_in(self, seat: Seat, now_ms: int) -> Seat:
        """Record that the worker has said that they are there; return the seat as it is then.

        One write. What went uncounted until now stays so. Condition: open, not called, and nothing
        that this is reckoned from has changed; else it looks again.
        """
        for _ in range(4):
            if seat.called_ms is not None or seat.check_ms is None or seat.behind is not None:
                return seat
            if seat.closed is not None:
                return seat
            actions: list[Any] = [Seats.checked.set(now_ms), Seats.seen.set(now_ms)]
            if uncounted := gap_ms(seat, now_ms) + unchecked_ms(seat, now_ms):
                actions.append(Seats.base.set(seat.waits_from_ms + uncounted))
            condition = Seats.closed.does_not_exist() & Seats.called.does_not_exist()
            condition &= Seats.seen == seat.seen_ms
            condition &= Seats.base == seat.waits_from_ms
            done, row = writes.try_update(_key(seat), actions, Seats.seat.exists() & condition)
            if row is None:
                break
            seat = _seat(row)
            if done:
                break
        return seat

    def load(self, seat: Seat, name: str, version: int | None) -> Seat | None:
        """Have another page speak for the seat: the one that calls its load so, and speaks this
        protocol. None if it does already, or the seat is closed: a ping that comes twice, or late,
        counts once."""
        condition = Seats.seat.exists() & Seats.closed.does_not_exist()
        condition &= Seats.load.does_not_exist() | (Seats.load != name)
        actions: list[Any] = [Seats.load.set(name), Seats.loads.add(1)]
        actions.append(Seats.page.remove() if version is None else Seats.page.set(version))
        done, row = writes.try_update(_key(seat), actions, condition)
        return _seat(row) if done and row is not None else None

    def point(
        self, seat: Seat, reservation: str, token: str, now_ms: int, expect: str | None
    ) -> SeatWritten:
        """Point the seat at a reservation, as the attempt `token`; the paid wait stands still.

        Condition: open, behind no other seat, and pointing at nothing, or as the attempt `expect`
        left it; after a gap in the heartbeats, which is not paid, also that it is as it was read.
        """
        free = Seats.reservation.does_not_exist() if expect is None else Seats.token == expect
        condition = Seats.seat.exists() & Seats.closed.does_not_exist() & free
        condition &= Seats.behind.does_not_exist()
        actions: list[Any] = [
            Seats.reservation.set(reservation),
            Seats.token.set(token),
            Seats.called.set(now_ms),
            Seats.seen.set(now_ms),
        ]
        if gap := gap_ms(seat, now_ms):
            actions.append(Seats.base.set(seat.waits_from_ms + gap))
            condition &= Seats.seen == seat.seen_ms
        else:
            actions += _paused(seat, now_ms)
        done, row = writes.try_update(_key(seat), actions, condition)
        return SeatWritten(done, None if row is None else _seat(row))

    def unpoint(
        self,
        seat: Seat,
        token: str,
        avoid: str | None,
        missed: bool,
        now_ms: int,
        quick: bool = False,
        journal: str = "",
        answered: bool = False,
    ) -> bool:
        """Take the pointer back; the paid wait goes on where the call stopped it.
        `journal`, where given, takes the place of the seat's; `answered`: the worker was there.

        Condition: it still bears this attempt's token.
        """
        actions: list[Any] = [
            Seats.reservation.remove(), Seats.token.remove(), Seats.called.remove(),
        ]  # fmt: skip
        if avoid is not None:
            actions.append(Seats.avoid.add({avoid}))
        if missed:
            actions.append(Seats.missed.add(1))
        elif answered and seat.missed:
            actions.append(Seats.missed.set(0))
        if quick:
            actions.append(Seats.quick.set(True))
        if journal:
            actions.append(Seats.journal.set(journal))
        if paused := _paused(seat, now_ms):
            # Nobody was asked for heartbeats while called: none is missing now.
            actions += [*paused, Seats.seen.set(now_ms)]
        done, _ = writes.try_update(_key(seat), actions, Seats.token == token)
        return done

    def stand_behind(self, seat: Seat, turn: str, now_ms: int) -> Seat:
        """Have a seat stand behind another one of its worker's; return it as it is then.

        Its paid wait stands still; what no heartbeat vouches for before that stays unpaid.
        Condition: open, not called, and behind whom it was read to be.
        """
        actions: list[Any] = [Seats.behind.set(turn), Seats.seen.set(now_ms)]
        if seat.queued_ms is None:
            actions.append(Seats.queued.set(now_ms))
        if gap := gap_ms(seat, now_ms):
            actions.append(Seats.base.set(seat.waits_from_ms + gap))
        condition = Seats.closed.does_not_exist() & Seats.reservation.does_not_exist()
        condition &= _still_behind(seat.behind)
        _, row = writes.try_update(_key(seat), actions, Seats.seat.exists() & condition)
        return seat if row is None else _seat(row)

    def take_turn(self, begun: Seat, behind: str) -> tuple[Seat, bool]:
        """Begin, or go on with, the wait of a seat that stood behind another; return the seat as it
        is then, and whether it was done just now. Condition: open, and still behind that one."""
        actions: list[Any] = [
            Seats.behind.remove(), Seats.queued.remove(), Seats.stood.set(begun.stood_ms),
            Seats.base.set(begun.waits_from_ms), Seats.until.set(begun.waits_until_ms),
            Seats.seen.set(begun.seen_ms),
        ]  # fmt: skip
        if begun.checked_ms is not None:
            actions.append(Seats.checked.set(begun.checked_ms))
        if begun.capped_cents is not None:
            actions.append(Seats.capped.set(begun.capped_cents))
            terms = begun.terms.to_text()
            actions.append(Seats.terms.set(terms) if terms else Seats.terms.remove())
        condition = Seats.closed.does_not_exist() & _still_behind(behind)
        done, row = writes.try_update(_key(begun), actions, Seats.seat.exists() & condition)
        return (begun if row is None else _seat(row)), done

    def turn_away(self, seat: Seat, now_ms: int) -> Seat:
        """End the wait of somebody who is not to be called; return the seat as it is then.

        Condition: open, and not called. They may hand in, and are paid."""
        _, row = writes.try_update(
            _key(seat),
            [Seats.until.set(now_ms), Seats.excluded.set(True), Seats.seen.set(now_ms)],
            Seats.closed.does_not_exist() & Seats.reservation.does_not_exist(),
        )
        return seat if row is None else _seat(row)

    def send_to_rest(self, seat: Seat, now_ms: int, until_ms: int, journal: str = "") -> Seat:
        """End the wait of somebody who let too many calls pass; return the seat as it is then.

        Condition: open, and pointing where it was read to point: that call is taken away with it.
        They may hand in, and the wait up to the call stays earned.
        """
        actions: list[Any] = [
            Seats.until.set(min(now_ms, seat.waits_until_ms)),
            Seats.rests_until.set(until_ms), Seats.seen.set(now_ms),
            Seats.reservation.remove(), Seats.token.remove(), Seats.called.remove(),
        ]  # fmt: skip
        if gap := gap_ms(seat, now_ms):
            actions.append(Seats.base.set(seat.waits_from_ms + gap))
        actions += _paused(seat, now_ms)
        if journal:
            actions.append(Seats.journal.set(journal))
        same = Seats.token.does_not_exist() if seat.token is None else Seats.token == seat.token
        # Once only: the wait is over where it ended first.
        same &= Seats.closed.does_not_exist() & Seats.rests_until.does_not_exist()
        _, row = writes.try_update(_key(seat), actions, Seats.seat.exists() & same)
        return seat if row is None else _seat(row)

    def mark_resting(self, seat: Seat, until_ms: int) -> None:
        """Note that a stay ended with one call too many that was let pass."""
        writes.try_update(_key(seat), [Seats.rests_until.set(until_ms)], Seats.seat.exists())

    def close(self, seat: Seat, reason: Closed, now_ms: int, if_seen_ms: int | None = None) -> bool:
        """End the seat. Condition: open, and not seen since `if_seen_ms`."""
        condition = Seats.seat.exists() & Seats.closed.does_not_exist()
        if if_seen_ms is not None:
            condition &= Seats.seen == if_seen_ms
        actions: list[Any] = [Seats.closed.set(reason.value), Seats.ended.set(now_ms)]
        done, _ = writes.try_update(_key(seat), actions, condition)
        return done

    def reckon(self, seat: Seat, payment: str) -> bool:
        """Take a seat's wait for a payment. Condition: no other payment has it."""
        done, _ = writes.try_update(
            _key(seat),
            [Seats.reckoned.set(payment)],
            Seats.seat.exists() & (Seats.reckoned.does_not_exist() | (Seats.reckoned == payment)),
        )
        return done

    def acquit(self, seat: Seat) -> None:
        """Nothing is promised to the seat any more: what it has earned is on record."""
        writes.try_update(_key(seat), [Seats.terms.remove()], Seats.seat.exists())

    def keep_until(self, seat: Seat, until_ms: int) -> None:
        """Put off the clearing away of a seat, and of what leads to it: two writes."""
        ttl = until_ms // 1000
        writes.try_update(_key(seat), [Seats.ttl.set(ttl)], Seats.seat.exists())
        writes.try_update(
            Assignments(seat.assignment),
            [Assignments.ttl.set(ttl)],
            Assignments.assignment.exists(),
        )

    def bring(self, seat: Seat, pool: str | None) -> bool:
        """Let a seat wait in another pool, None being its ProtoHIT's own. Condition: open."""
        action = Seats.pool.remove() if pool is None else Seats.pool.set(pool)
        condition = Seats.seat.exists() & Seats.closed.does_not_exist()
        done, _ = writes.try_update(_key(seat), [action], condition)
        return done

    def list(self, proto: str) -> Iterator[Seat]:
        """Give all seats of a ProtoHIT: half a unit for each 4 KB of them."""
        for row in Seats.query(proto):
            yield _seat(row)

    def forget(self, proto: str, seat_id: str, assignment: str, worker: str) -> None:
        """Delete a seat, and what leads from its assignment to this worker."""
        place = writes.find_item(Assignments, assignment, consistent=True)
        if place is not None and place.worker == worker:
            writes.delete(place)
        writes.delete(Seats(proto, seat_id))

    def find_assignment(
        self, assignment: str, *, consistent: bool = False
    ) -> AssignmentSeat | None:
        row = writes.find_item(Assignments, assignment, consistent=consistent)
        if row is None:
            return None
        return AssignmentSeat(row.assignment, row.proto, int(row.epoch), row.worker, row.hit)

    def assign(
        self, to: AssignmentSeat, after_epoch: int | None, keep_until_ms: int | None = None
    ) -> bool:
        """Make this the assignment's seat. Condition: none yet, or the one of `after_epoch`."""
        row = Assignments(
            to.assignment, proto=to.proto, epoch=to.epoch, worker=to.worker, hit=to.hit,
            ttl=None if keep_until_ms is None else keep_until_ms // 1000,
        )  # fmt: skip
        condition = (
            Assignments.assignment.does_not_exist()
            if after_epoch is None
            else Assignments.epoch == after_epoch
        )
        done, _ = writes.try_put(row, condition)
        return done


def _paused(seat: Seat, now_ms: int) -> list[Any]:
    """Put off by a call what stood still in it: the paid wait, and the next presence check."""
    paused = paused_ms(seat, now_ms)
    if not paused:
        return []
    actions: list[Any] = [Seats.base.set(seat.waits_from_ms + paused)]
    if seat.check_ms is not None:
        last = seat.arrived_ms if seat.checked_ms is None else seat.checked_ms
        actions.append(Seats.checked.set(last + paused))
    return actions


def _still_behind(turn: str | None) -> Any:
    return Seats.behind.does_not_exist() if turn is None else Seats.behind == turn


def _key(seat: Seat) -> Seats:
    return Seats(seat.proto, seat.seat_id)


def _seat(row: Seats) -> Seat:
    return Seat(
        proto=row.proto,
        assignment=row.assignment,
        epoch=int(row.epoch),
        worker=row.worker,
        hit=row.hit,
        arrived_ms=int(row.arrived),
        seen_ms=int(row.seen),
        waits_until_ms=int(row.until),
        verified=bool(row.verified),
        acks=bool(row.acks),
        reservation=row.reservation,
        token=row.token,
        called_ms=None if row.called is None else int(row.called),
        closed=None if row.closed is None else Closed(row.closed),
        missed=int(row.missed or 0),
        avoid=frozenset(row.avoid or ()),
        base_ms=None if row.base is None else int(row.base),
        due_ms=None if row.due is None else int(row.due),
        terms=Terms.of_text(row.terms),
        reckoned=row.reckoned,
        quick=bool(row.quick),
        pool=row.pool,
        accepted=Conditions.of_text(row.conditions),
        accepted_ms=None if row.accepted is None else int(row.accepted),
        journal=row.journal or "",
        page=None if row.page is None else int(row.page),
        load=row.load or "",
        loads=int(row.loads or 0),
        closed_ms=None if row.ended is None else int(row.ended),
        guarded=bool(row.guarded),
        excluded=bool(row.excluded),
        rests_until_ms=None if row.rests_until is None else int(row.rests_until),
        capped_cents=None if row.capped is None else int(row.capped),
        check_ms=None if row.check is None else int(row.check),
        checked_ms=None if row.checked is None else int(row.checked),
        behind=row.behind,
        queued_ms=None if row.queued is None else int(row.queued),
        stood_ms=int(row.stood or 0),
    )
