"""Sizing a pool that several ProtoHITs share: their demand adds up, their workers are counted once.

For the work of each ProtoHIT there must be as many who may do it as are wanted for it and for all
work that demands at least as much. What is missing is posted as HITs of that ProtoHIT, those that
demand most first: who comes for them counts for all the work that demands less.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from chalicelib.retainer.domain import measures, sizing
from chalicelib.retainer.domain.absent_pages import absent, notice_of
from chalicelib.retainer.domain.measures import Estimates
from chalicelib.retainer.domain.queueing.shared import pooled
from chalicelib.retainer.domain.seats import count
from chalicelib.retainer.domain.sharing import at_least, in_proportion, strongest_first
from chalicelib.retainer.services.pools import qualified, scarce
from chalicelib.retainer.services.sizer import NO_STANDING, ahead_ms

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.ports import LedgerStore, NoteStore, SizingReport
    from chalicelib.retainer.domain.postings import Posting
    from chalicelib.retainer.domain.protohits import ProtoHit
    from chalicelib.retainer.domain.reservations import Ledger
    from chalicelib.retainer.domain.seats import Seat
    from chalicelib.retainer.domain.targets import Target
    from chalicelib.retainer.services.measuring import Gathered, Measuring
    from chalicelib.retainer.services.pools import Pools
    from chalicelib.retainer.services.posting import Poster, Spend
    from chalicelib.retainer.services.sizer import Account, Sizer


@dataclass(slots=True)
class Member:
    """One ProtoHIT of the pool; `expected` are seats of its HITs that somebody may still take."""

    proto: ProtoHit
    spend: Spend
    seats: list[Seat]
    gathered: Gathered
    demand: Estimates
    undone: Sequence[Ledger]
    wanted: int
    postings: list[Posting]
    expected: int
    refused: str = ""
    may_post: bool = False


@dataclass(frozen=True, slots=True)
class Need:
    """What one ProtoHIT's work, and all that demands at least as much, asks for."""

    wanted: int
    waiting: int
    barred: int
    target: Target

    @property
    def workers(self) -> int:
        return max(0, self.wanted + self.target.seats - self.waiting) + self.barred


class SharedPool:
    """One pool in one run: made by `SharedSizer`, then asked about each member in turn."""

    def __init__(
        self, sizer: Sizer, members: Mapping[str, Member], known: Estimates, size: int, now: int
    ) -> None:
        self._sizer = sizer
        self._members = members
        self._known = known
        self._size = size
        self._now = now
        self._serves = at_least({name: m.proto.conditions for name, m in members.items()})
        self._groups = strongest_first(self._serves)
        self._needs = {name: self._need(name) for name in members}
        self._present = count((s for m in members.values() for s in m.seats), now, size).present

    @property
    def in_order(self) -> list[ProtoHit]:
        return [self._members[name].proto for group in self._groups for name in group]

    @property
    def why(self) -> str:
        pool = next(iter(self._members.values())).proto.pool
        return f"shared pool {pool} of {', '.join(self._members)}"

    def complete(self, proto: ProtoHit) -> None:
        """Bring what is known of a member's HITs up to date; from then on it may post."""
        member = self._members[proto.hit_type_id]
        member.postings, member.refused = self._sizer.complete(proto)
        member.expected = sizing.expected_from(member.postings, self._now)
        member.may_post = True

    def size(
        self, proto: ProtoHit, account: Account, at_once: bool, before: SizingReport
    ) -> tuple[SizingReport, int]:
        """Bring a member's HITs to what is needed of it; return the report, and the seats out."""
        member = self._members[proto.hit_type_id]
        need = self._needs[proto.hit_type_id]
        facts = sizing.PoolFacts(
            now_ms=self._now,
            wanted=need.wanted,
            waiting=need.waiting,
            postings=member.postings,
            seats_per_hit=proto.seats_per_hit,
            max_new_hits=self._sizer.hits_left(proto, member.spend, account),
            affordable_seats=self._sizer.affordable(proto, member.spend, account),
            surplus_since_ms=before.surplus_since_ms,
            at_once=at_once,
            barred=need.barred,
            standing=need.target.seats,
            places=self._places(member, account),
            stopped=proto.stopped,
            elsewhere=self._elsewhere(member, account),
            kept=self._kept(member),
        )
        # Until it is known better: what is posted now counts, whatever becomes of the rest.
        member.may_post = False
        done = self._sizer.carry_out(proto, facts, member.refused, member.spend, account)
        member.expected = done.expected
        report = self._sizer.report(
            proto, facts, done, need.target, before, member.spend, self._present, self.why,
            notice_of(absent(member.postings, member.seats, self._now), proto.url),
        )  # fmt: skip
        return report, done.expected

    def _need(self, name: str) -> Need:
        """Demand that only who may do this work can meet, and who there is to meet it."""
        mine = self._members[name].proto
        above = [self._members[n] for n in sorted(self._serves[name])]
        seats = [s for m in self._members.values() for s in m.seats]
        able = qualified(seats, mine, self._now, self._size)
        undone = [x for m in above if not m.proto.stopped for x in m.undone]
        return Need(
            wanted=sum(m.wanted for m in above if not m.proto.stopped),
            waiting=len(able),
            barred=sizing.barred(undone, able, self._now, self._ahead_ms),
            target=self._target(above),
        )

    def _target(self, above: Sequence[Member]) -> Target:
        """The strictest service that any of them states, for the calls of all of them."""
        standing = [m for m in above if m.proto.standing and not m.proto.stopped]
        known = Estimates(
            calls=pooled(m.demand.calls for m in standing),
            recruitment_ms=self._known.recruitment_ms,
            leaving=self._known.leaving,
            window_ms=max((m.demand.window_ms for m in standing), default=0.0),
            counted=sum(m.demand.counted for m in standing),
        )
        services = dict.fromkeys(m.proto.service for m in standing)
        targets = (self._sizer.rule(service, known) for service in services)
        return max(targets, key=lambda t: t.seats, default=NO_STANDING)

    def _elsewhere(self, member: Member, account: Account) -> int:
        """How many of those needed are expected from HITs of others, or left to others to post.

        Members that may do each other's work post in proportion to what each needs; who is at a
        cap leaves it to the rest.
        """
        name = member.proto.hit_type_id
        need = self._needs[name].workers
        coming = sum(self._members[n].expected for n in self._serves[name])
        missing = need - coming
        if missing <= 0:
            return coming - member.expected
        group = next(g for g in self._groups if name in g)
        still = [self._members[n] for n in group if n == name or self._members[n].may_post]
        shares = in_proportion(
            missing,
            [self._own_need(m, group) for m in still],
            [self._room(m, account) for m in still],
        )
        # What nobody has room for is this one's to fall short of, and to say at which cap.
        others = sum(share for m, share in zip(still, shares, strict=True) if m is not member)
        return need - member.expected - (missing - others)

    def _kept(self, member: Member) -> int:
        """How many of a member's seats out are needed for work that demands less."""
        name = member.proto.hit_type_id
        kept = 0
        for other, servers in self._serves.items():
            if other != name and name in servers:
                coming = sum(self._members[n].expected for n in servers if n != name)
                kept = max(kept, self._needs[other].workers - coming)
        return kept

    def _own_need(self, member: Member, group: Sequence[str]) -> float:
        load = sum(size * rate for size, rate in self._standing_calls(member).items())
        loads = sum(
            size * rate
            for n in group
            for size, rate in self._standing_calls(self._members[n]).items()
        )
        ready = self._needs[member.proto.hit_type_id].target.seats
        return member.wanted + (ready * load / loads if loads else 0.0)

    def _standing_calls(self, member: Member) -> Mapping[int, float]:
        return member.demand.calls if member.proto.standing and not member.proto.stopped else {}

    def _room(self, member: Member, account: Account) -> int:
        proto = member.proto
        if proto.stopped or member.refused:
            return 0
        hits = min(self._sizer.hits_left(proto, member.spend, account), sizing.MAX_POSTS)
        return min(
            hits * proto.seats_per_hit,
            self._sizer.affordable(proto, member.spend, account),
            self._places(member, account) - member.expected,
        )

    def _places(self, member: Member, account: Account) -> int:
        mine = count(member.seats, self._now, self._size)
        return self._sizer.places(member.proto, mine, account)

    def _ahead_ms(self, ledger: Ledger) -> int:
        return ahead_ms(self._members[ledger.proto].proto, ledger, self._known)


class SharedSizer:
    def __init__(
        self,
        sizer: Sizer,
        ledgers: LedgerStore,
        notes: NoteStore,
        poster: Poster,
        pools: Pools,
        measuring: Measuring,
        clock: Clock,
    ) -> None:
        self._sizer = sizer
        self._ledgers = ledgers
        self._notes = notes
        self._poster = poster
        self._pools = pools
        self._measuring = measuring
        self._clock = clock

    def run(
        self,
        protos: Collection[ProtoHit],
        spends: Mapping[str, Spend],
        account: Account,
        at_once: bool,
        reservation: str | None,
        guarded: Callable[[ProtoHit, Callable[[], SizingReport | None]], SizingReport | None],
    ) -> list[tuple[ProtoHit, SizingReport]]:
        """Size one shared pool; return a report for each ProtoHIT that was looked at.

        `guarded` does one member's part, or tells why the market did not let it. The others go on.
        """
        members, pool = self._look(protos, spends, account, reservation)
        reports: dict[str, SizingReport] = {}

        def step(proto: ProtoHit, do: Callable[[], SizingReport | None]) -> None:
            report = guarded(proto, do)
            if report is not None:
                reports[proto.hit_type_id] = report

        for proto in pool.in_order:
            step(proto, partial(pool.complete, proto))
        for proto in pool.in_order:
            member = members[proto.hit_type_id]
            if member.may_post:
                step(proto, partial(self._size, pool, member, account, at_once))
        return [(p, reports[p.hit_type_id]) for p in pool.in_order if p.hit_type_id in reports]

    def _size(
        self, pool: SharedPool, member: Member, account: Account, at_once: bool
    ) -> SizingReport:
        before = self._notes.get_report(member.proto.hit_type_id)
        report, out = pool.size(member.proto, account, at_once, before)
        self._measuring.keep(member.proto, member.gathered, out)
        return report

    def _look(
        self,
        protos: Collection[ProtoHit],
        spends: Mapping[str, Spend],
        account: Account,
        reservation: str | None,
    ) -> tuple[dict[str, Member], SharedPool]:
        """Count the pool and its demand, without asking the market; rewrite its row."""
        now = self._clock.now_ms()
        seats = {p.hit_type_id: self._sizer.seats_of(p, now) for p in protos}
        gathered = {
            p.hit_type_id: self._measuring.gather(p, seats[p.hit_type_id], now) for p in protos
        }
        known = measures.estimate(
            measures.together(g.measures for g in gathered.values()),
            now,
            max(p.ready_for for p in protos),
            min(p.max_wait for p in protos) * 1000,
        )
        everybody = [s for found in seats.values() for s in found]
        pool_id = next(iter(protos)).pool_id
        row = self._ledgers.get_pool(pool_id)
        size = row.waiting if row else 0
        occupancy = count(everybody, now, size)
        members: dict[str, Member] = {}
        for proto in protos:
            name = proto.hit_type_id
            share = self._measuring.share_answering(proto, occupancy.waits, gathered[name].measures)
            undone = self._sizer.undone_of(proto, now, known, reservation, share)
            postings = self._poster.live(proto)
            members[name] = Member(
                proto=proto,
                spend=spends[name],
                seats=seats[name],
                gathered=gathered[name],
                demand=self._measuring.estimates(proto, gathered[name].measures),
                undone=undone,
                wanted=sum(sizing.still_wanted(x, now, ahead_ms(proto, x, known)) for x in undone),
                postings=postings,
                expected=sizing.expected_from(postings, now),
            )
        account.waiting[pool_id] = occupancy.waiting
        self._pools.recount_shared(
            list(protos),
            [x for m in members.values() for x in m.undone],
            occupancy,
            scarce(everybody, protos, occupancy.waiting, now, size),
        )
        return members, SharedPool(self._sizer, members, known, size, now)
