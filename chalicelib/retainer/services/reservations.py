"""The application's side: make, invoke, finish, cancel, and the ProtoHITs behind them."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chalicelib.kit import logs
from chalicelib.retainer.domain import asking, ids, protohits
from chalicelib.retainer.domain.asking import Asked as Asked
from chalicelib.retainer.domain.errors import BadInput, Conflict, NotFound
from chalicelib.retainer.domain.missing import no_proto, no_reservation
from chalicelib.retainer.domain.pacing import PoolRow
from chalicelib.retainer.domain.pay import dollars, rate, rate_within
from chalicelib.retainer.domain.reservations import (
    MAX_SLOTS,
    EndedBy,
    Ledger,
    Policy,
    Reservation,
)
from chalicelib.retainer.domain.responses import to_call
from chalicelib.retainer.domain.targets import LONGEST_LEAD_MS

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.ports import (
        LedgerStore,
        ProtoHitStore,
        ReservationStore,
        Starter,
    )
    from chalicelib.retainer.domain.protohits import ProtoHit
    from chalicelib.retainer.domain.reservations import (
        ForeignId,
    )
    from chalicelib.retainer.services.measuring import Measuring
    from chalicelib.retainer.services.pools import Pools

log = logging.getLogger("retainer.reservations")

CHANGING_MS = 10_000
"""For how long nobody is called if the process that changes a task dies."""

ANNOUNCED_MS = 60_000
"""A reservation made so long before its invoke was recruited for by then."""


class Reservations:
    def __init__(
        self,
        reservations: ReservationStore,
        ledgers: LedgerStore,
        protos: ProtoHitStore,
        pools: Pools,
        measuring: Measuring,
        starter: Starter,
        hour_cents: int,
        clock: Clock,
    ) -> None:
        self._reservations = reservations
        self._ledgers = ledgers
        self._protos = protos
        self._pools = pools
        self._measuring = measuring
        self._starter = starter
        self._hour_cents = hour_cents
        self._clock = clock

    def put_proto(self, given: Mapping[str, Any], new: bool = False) -> ProtoHit:
        """Create or replace a ProtoHIT; its pool's row follows. `new` refuses to replace one.

        The market stays as it is unless `sandbox` is given: the original's clients never give it.
        What was stopped stays stopped; what was archived is back in service.
        """
        proto = protohits.parse(given)
        if proto.wait_pay_micro > rate_within(self._hour_cents):
            raise BadInput(
                f"wait_pay is {rate(60 * proto.wait_pay_micro)} an hour; waiting pays a worker at "
                f"most {dollars(self._hour_cents)} (RETAINER_MAX_WAIT_PAY_PER_HOUR).",
                "out_of_range", "wait_pay",
            )  # fmt: skip
        for name in proto.exclude:
            if name != proto.hit_type_id and self._protos.find(name) is None:
                raise BadInput(f"exclude names {name!r}, and there is no such ProtoHIT.",
                               "unknown_hit_type", "exclude")  # fmt: skip
        there = None
        created = self._protos.create(proto)
        if created is not None:
            proto = created
        else:
            there = self.proto(proto.hit_type_id)
            if new:
                raise Conflict("There is a ProtoHIT of this id.", "exists", "hit_type_id")
            proto = self._protos.change(
                proto,
                market=given.get("sandbox") is not None,
                start=there.archived_ms is not None,
            )
        self._pools.refresh(proto)
        if there is not None and there.pool_id != proto.pool_id:
            self._pools.refresh(there)
            # It brings over those who wait and the reservations that run.
            self._starter.start("size_pools", {"hitType": proto.hit_type_id, "reason": "pool"})
        return proto

    def protos(self, archived: bool = False) -> list[ProtoHit]:
        """Return the ProtoHITs that are in service, or all."""
        return [p for p in self._protos.list() if archived or p.archived_ms is None]

    def proto(self, hit_type: str) -> ProtoHit:
        found = self._protos.find(hit_type)
        if found is None:
            raise no_proto(hit_type)
        return found

    def set_sandbox(self, hit_type: str, sandbox: bool) -> None:
        if not self._protos.set_sandbox(hit_type, sandbox):
            raise no_proto(hit_type)

    def set_stopped(self, hit_type: str | None, stopped: bool) -> None:
        """Stop or resume a ProtoHIT, or all: a sizing run at once expires every HIT, and those who
        wait are served and paid as before."""
        protos = [self.proto(hit_type)] if hit_type else self.protos()
        if not stopped and any(p.archived_ms is not None for p in protos):
            raise Conflict("This ProtoHIT is archived; restore it first.", "archived")
        for proto in protos:
            self._protos.set_stopped(proto.hit_type_id, stopped)
        reason = "stop" if stopped else "start"
        self._starter.start("size_pools", {"hitType": hit_type, "reason": reason})

    def make(self, asked: Asked) -> str:
        """Make a reservation and start recruiting if it falls due soon; return its id.

        Four writes: the reservation, with a key that one, its ledger and the pool's row. A crash
        in between leaves a reservation without ledger, which the same key completes and `list` does
        not show.
        """
        proto = self.proto(asked.hit_type)
        if proto.archived_ms is not None:
            raise Conflict("This ProtoHIT is archived; restore it first.", "archived", "hitType")
        asking.check(asked)
        now = self._clock.now_ms()
        wanted = asking.wanted(asked, now)
        bound = None if asked.key is None else self._reservations.find_key(asking.key_of(asked))
        if bound is None:
            bound = (self._written(wanted), asking.digest_of(asked))
            if asked.key is not None:
                bound = self._reservations.keep_key(asking.key_of(asked), *bound)
        reservation_id, first = bound
        if first != asking.digest_of(asked):
            raise Conflict("This key was used before, for another reservation.", "key_reused")
        if asked.key is not None:
            if self._ledgers.get(reservation_id) is not None:
                return reservation_id
            # An earlier release bound the key first, and may have died before this.
            self._reservations.create(replace(wanted, id=reservation_id))
        ledger = Ledger(
            id=reservation_id,
            proto=proto.hit_type_id,
            slots=self._slots(proto, asked),
            spare=asked.spare,
            need=None if asked.policy is Policy.EXACT else asked.num_assignments,
            policy=asked.policy,
            probability=asked.probability,
            auto_invoke=asked.auto_invoke,
            distinct=asked.distinct,
            start_ms=wanted.start_ms,
            ack_within_ms=proto.ack_within * 1000,
            answer_within_ms=proto.answer_within_ms,
            timeout_ms=None if asked.timeout_s is None else asked.timeout_s * 1000,
            lease_ms=None if asked.lease_s is None else asked.lease_s * 1000,
            sharing=proto.sharing,
        )
        self._ledgers.create(ledger)
        row = self._pools.refresh(proto, ledger)
        if asked.delay_s * 1000 <= LONGEST_LEAD_MS and row.able(proto.conditions) < row.wanted(
            ledger.start_ms
        ):
            self._size(ledger, "make")
        logs.note(reservation=reservation_id)
        log.info("reserved", extra={"hitType": asked.hit_type, "slots": ledger.slots})
        return reservation_id

    def _written(self, wanted: Reservation) -> str:
        """Write a reservation under an id that nobody else got in the same millisecond."""
        made_ms = wanted.created_ms
        while not self._reservations.create(wanted):
            made_ms += 1
            wanted = replace(wanted, id=ids.new_number(made_ms))
        return wanted.id

    def invoke(
        self, reservation_id: str, foreign_id: ForeignId = None, payload: str | None = None,
        timeout_s: int | None = None,
    ) -> None:  # fmt: skip
        """Call the workers. Idempotent; at most four writes, whatever is on record.

        What is given here replaces what was given to `make`, where the task was not known yet.
        Raises `Conflict` if the reservation is done, or somebody was called for another task.
        """
        ledger = self._ledger(reservation_id)
        if ledger.done_ms is not None:
            raise Conflict("This reservation is done; unfinish it first.", "done")
        asking.check_foreign_id(foreign_id)
        if ledger.invoked_ms is not None:
            return self._change_task(ledger, foreign_id, payload)
        if foreign_id is not None or payload is not None:
            self._reservations.set_task(reservation_id, foreign_id, payload)
        proto = self.proto(ledger.proto)
        enough, slots = self._calls(proto, ledger)
        written = self._ledgers.invoke(
            ledger,
            self._clock.now_ms(),
            None if ledger.policy is Policy.EXACT else slots,
            None if timeout_s is None else timeout_s * 1000,
        )
        if written.ledger is None or written.ledger.done_ms is not None:
            raise Conflict("This reservation is done; unfinish it first.", "done")
        if not written.done:
            return
        moved = written.ledger.pool_id != ledger.pool_id
        if moved or written.ledger.sharing != proto.sharing:
            # It has changed since the reservation was made; a sizing run would notice, too.
            self._ledgers.bring(written.ledger, proto.sharing)
        line = {"reservation": reservation_id, "hitType": ledger.proto, "slots": slots}
        log.info("invoked", extra=line)
        row = self._pools.refresh(proto, written.ledger, called=slots)
        if not self._was_announced(ledger, written.ledger):
            self._measuring.called(ledger.proto, enough)
        # What a standing pool gives away is recruited for at once: that is what its size counts on.
        if row.able(proto.conditions, called=slots) < 0 or proto.standing:
            self._size(ledger, "invoke")

    def _change_task(self, ledger: Ledger, foreign_id: ForeignId, payload: str | None) -> None:
        """Replace the task of what is invoked, as long as nobody was called for it: nobody is while
        it changes."""
        task = self._reservations.get(ledger.id)
        if task is None or (
            foreign_id in {None, task.foreign_id} and payload in {None, task.payload}
        ):
            return
        if not self._ledgers.hold(ledger, self._clock.now_ms() + CHANGING_MS):
            raise Conflict(
                "Somebody was called for this reservation; its task can't change any more.",
                "called",
            )
        self._reservations.set_task(ledger.id, foreign_id, payload)
        self._ledgers.let_go(ledger)

    def invoke_due(self, reservation_id: str) -> None:
        """Invoke a reservation whose time has come by itself; does nothing if it is done."""
        with contextlib.suppress(Conflict, NotFound):
            self.invoke(reservation_id)

    def finish(self, reservation_id: str, cancelled: bool = False) -> None:
        """End a reservation; `cancelled` has a sizing run expire what nobody else needs at once."""
        self._end(self._ledger(reservation_id), cancelled)

    def unfinish(self, reservation_id: str) -> None:
        ledger = self._ledger(reservation_id)
        if ledger.done_ms is None:
            return
        self._ledgers.unfinish(ledger, self._clock.now_ms())
        self._pools.refresh(self.proto(ledger.proto), replace(ledger, done_ms=None))

    def finish_all(self, hit_type: str | None) -> int:
        """End all reservations, or those of one ProtoHIT; return how many."""
        protos = [self.proto(hit_type)] if hit_type else self._protos.list()
        ended = 0
        for proto in protos:
            for ledger in list(self._ledgers.undone(proto.hit_type_id)):
                ended += self._ledgers.finish(ledger, self._clock.now_ms(), EndedBy.FINISHED)
            self._pools.refresh(proto)
        return ended

    def page(
        self, hit_type: str | None, cursor: str | None, limit: int
    ) -> tuple[list[tuple[Reservation, Ledger]], str | None]:
        """Return reservations with their ledgers, newest first, and the next page's cursor."""
        found, following = self._reservations.page(hit_type, cursor, limit)
        ledgers = self._ledgers.get_many([r.id for r in found]) if found else {}
        return [(r, ledgers[r.id]) for r in found if r.id in ledgers], following

    def open_page(
        self, hit_type: str | None, cursor: str | None, limit: int
    ) -> tuple[list[tuple[Reservation, Ledger]], str | None]:
        """Return reservations that are not done, what runs first, and the next page's cursor: the
        page's last id, which keeps its place also when it is done meanwhile."""
        protos = [hit_type] if hit_type else [p.hit_type_id for p in self._protos.list()]
        after = self._ledgers.get(cursor) if cursor else None
        ids = self._ledgers.open_page(protos, after, limit + 1)
        ledgers = self._ledgers.get_many(ids[:limit]) if ids else {}
        found = self._reservations.get_many(ids[:limit])
        page = [
            (found[i], ledgers[i])
            for i in ids[:limit]
            if i in found and i in ledgers and ledgers[i].done_ms is None
        ]
        return page, ids[limit - 1] if len(ids) > limit else None

    def _end(self, ledger: Ledger, cancelled: bool) -> None:
        now = self._clock.now_ms()
        by = EndedBy.CANCELLED if cancelled else EndedBy.FINISHED
        if ledger.done_ms is None and self._ledgers.finish(ledger, now, by):
            ended = replace(ledger, done_ms=now)
            self._pools.refresh(self.proto(ledger.proto), ended)
        if cancelled:
            self._size(ledger, "cancel")

    def _slots(self, proto: ProtoHit, asked: Asked) -> int:
        """Return how many to call, and to recruit for: those asked for and spare ones; or so many
        that enough answer within two seconds, going by how workers have answered so far."""
        if asked.policy is Policy.EXACT:
            return asked.num_assignments + asked.spare
        share = self._measuring.share_answering(proto)
        return to_call(asked.num_assignments, share, asked.probability, most=MAX_SLOTS)

    def _calls(self, proto: ProtoHit, ledger: Ledger) -> tuple[int, int]:
        """Return how many must be called now for enough to answer, and how many are called.

        Going by how long those who wait have waited, and by how workers have answered so far: two
        reads where more are called than are needed, none otherwise. Where the first to answer win,
        all who wait are called. It is the first number that a pool must be ready for: whoever is
        called beyond it comes back.
        """
        if ledger.need is None:
            return ledger.slots, ledger.slots
        row = self._ledgers.get_pool(ledger.pool_id) or PoolRow(ledger.pool_id)
        share = self._measuring.share_answering(proto, row.waits_now)
        enough = to_call(ledger.need, share, ledger.probability, most=MAX_SLOTS)
        if ledger.policy is Policy.OVER:
            return enough, enough
        able = row.waiting if ledger.sharing is None else row.able(ledger.sharing.wanted)
        return enough, min(MAX_SLOTS, max(enough, able))

    def _was_announced(self, ledger: Ledger, invoked: Ledger) -> bool:
        """Whether there was time to recruit for it: known demand, none that a pool must expect."""
        made_ms = ids.time_of(ledger.id)
        return (invoked.invoked_ms or made_ms) - made_ms > ANNOUNCED_MS

    def _ledger(self, reservation_id: str) -> Ledger:
        ledger = self._ledgers.get(reservation_id) if ids.is_own_id(reservation_id) else None
        if ledger is None:
            raise no_reservation(reservation_id)
        return ledger

    def _size(self, ledger: Ledger, why: str) -> None:
        self._starter.start(
            "size_pools", {"hitType": ledger.proto, "reason": why, "reservation": ledger.id}
        )
