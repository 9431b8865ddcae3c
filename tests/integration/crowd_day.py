"""A day of a crowd at a real marketplace: stays of all kinds, and what each is owed by its own log.

What a stay is owed is reckoned here from the heartbeats that its page got through, by the rule of
docs/pay.md and without any of the service's code.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

from chalicelib.marketplace.domain.errors import MarketplaceError
from chalicelib.marketplace.services.notifications import Notifications
from chalicelib.marketplace.store.hits import DynamoHits
from chalicelib.marketplace.store.outbox import DynamoOutbox, DynamoSettings
from chalicelib.marketplace.store.rates import DynamoRates
from chalicelib.retainer.domain.seats import Seat
from tests.integration.fate import Fate
from tests.integration.paying import all_payments
from tests.integration.place import Place, signature_of
from tests.integration.telling import Telling

TICK_S = 20
VOUCHED_MS = 45_000
MAX_WAIT_MS = 300_000
CENTS_A_MINUTE = 6
QUICK_CENTS = 3
QUICK_MS = 2_000
REWARD_CENTS = 5
DURATION_S = 600
SEATS_PER_HIT = 9
CALLED_PER_TICK = 2

KINDS = {"waits": 60, "returns": 12, "returns late": 3, "vanishes": 3, "reloads": 12, "sleeps": 10}
"""How stays go, and how often: `returns late` after a heartbeat, `reloads` loses its seat's key,
`sleeps` is silent for longer than a heartbeat vouches for."""


@dataclass
class Stay:
    """`beats` are when the page was heard, acceptance first; all in milliseconds."""

    kind: str
    hit: str
    job: Any
    beats: list[int]
    polls_left: int
    seat: Seat | None = None
    called_ms: int | None = None
    quick: bool = False
    silent: int = 0
    submitted: bool = False
    end_ms: int = 0
    behind: bool = False

    def owed_cents(self) -> int:
        """Wait and quick answer, in whole cents; nothing while another seat of theirs is ahead."""
        if self.behind:
            return 0
        stops = min(self.called_ms or self.end_ms, self.beats[0] + MAX_WAIT_MS)
        if not self.submitted:
            stops = min(stops, self.beats[-1])
        times = [*[b for b in self.beats if b <= stops], stops]
        waited = sum(min(b - a, VOUCHED_MS) for a, b in pairwise(times))
        cents = Fraction(waited * CENTS_A_MINUTE, 60_000)
        return int(cents + Fraction(1, 2)) + (QUICK_CENTS if self.quick else 0)


@dataclass
class Person:
    name: str
    worker: Any
    stays: list[Stay] = field(default_factory=list)
    now: Stay | None = None
    rests: int = 0

    def owed_cents(self) -> int:
        rewards = sum(REWARD_CENTS for stay in self.stays if stay.submitted)
        return rewards + sum(stay.owed_cents() for stay in self.stays)


class Bodies:
    """A transport that gives what is sent to a queue that treats it badly."""

    def __init__(self, queue: Telling) -> None:
        self._queue = queue

    def send(self, transport: str, address: str, body: str) -> None:
        self._queue.add(body)


class Day:
    def __init__(self, place: Place, seed: int, people: int, stays: int, protos: list[str]) -> None:
        self.place = place
        self.world = place.world
        self.clock = place.market.clock
        self.chance = random.Random(seed)
        self.telling = Telling(random.Random(seed + 1), True, copies=(0, 0, 0, 0, 1, 2))
        self.sender = Notifications(
            DynamoSettings(),
            DynamoOutbox(),
            Bodies(self.telling),
            DynamoHits(),
            self.clock,
            DynamoRates(),
        )
        self.protos = protos
        self.people = [Person(f"w{n}", place.worker(f"w{n}")) for n in range(people)]
        self.wanted = people * stays
        self.made = 0
        self.free: dict[str, int] = {}
        self.seen: set[str] = set()
        self.done: dict[str, set[str]] = {}
        self.deaths: list[str] = []

    @property
    def now_ms(self) -> int:
        return self.clock.now_ms()

    def live(self) -> None:
        tick = 0
        while self.made < self.wanted or any(p.now for p in self.people):
            if tick % 3 == 0:
                self.world.room.sizing.run()
                self._learn_of_hits()
            self.clock.advance(TICK_S)
            self.sender.deliver()
            self.telling.deliver(self.world)
            if self.chance.random() < 0.5:
                called = self.chance.randint(1, CALLED_PER_TICK * len(self.people) // 20 + 1)
                self.world.invoked(called, hit_type=self.chance.choice(self.protos))
            self.chance.shuffle(self.people)
            answers_late: list[Stay] = []
            for person in self.people:
                self._live(person, answers_late)
            self.clock.advance(3)
            for stay in answers_late:
                assert stay.seat is not None
                self.world.working(stay.seat, ack=True)
            if tick % 30 == 29:
                self._review()
            if tick % 6 == 5:
                self.place.market.market.tick.settle_all()
            tick += 1

    def _learn_of_hits(self) -> None:
        for proto in self.protos:
            for posting in self.world.postings.live(proto):
                if posting.hit and posting.hit not in self.seen:
                    self.seen.add(posting.hit)
                    self.free[posting.hit] = posting.seats

    def _review(self) -> None:
        """Now and then whoever reviews dies on the way."""
        fate = Fate(self.place, self.chance.randint(1, 40), later_s=1)
        fate.do(self.place.review)
        self.deaths += [fate.struck] if fate.struck else []

    def _live(self, person: Person, answers_late: list[Stay]) -> None:
        stay = person.now
        if stay is None:
            person.rests -= 1
            if person.rests < 0 and self.made < self.wanted:
                self._begin(person)
            return
        if stay.silent:
            stay.silent -= 1
            return
        if stay.called_ms is not None:
            self._submit(person, stay)
        elif stay.polls_left <= 0:
            self._end(person, stay)
        else:
            stay.polls_left -= 1
            self._poll(stay, answers_late)

    def _begin(self, person: Person) -> None:
        if not self.free:
            return
        hit = self.chance.choice(list(self.free))
        if person.name in self.done.setdefault(hit, set()):
            return
        try:
            job = self.place.market.market.work.accept(person.worker, hit)
        except MarketplaceError:
            # Full, or taken back by now: they look again at the next moment.
            del self.free[hit]
            return
        kind = self.chance.choices(list(KINDS), list(KINDS.values()))[0]
        stay = Stay(kind, hit, job, [self.now_ms], self.chance.choice([1, 1, 2, 2, 3, 20]))
        if kind == "returns":
            stay.polls_left = 0
        elif kind == "returns late":
            stay.polls_left = 1
        self.place.people[person.name] = person.worker
        stay.seat = self.place.open_page(job, hit, person.name).seat
        stay.behind = stay.seat is not None and stay.seat.behind is not None
        person.now = stay
        person.stays.append(stay)
        self.done[hit].add(person.name)
        self.made += 1

    def _poll(self, stay: Stay, answers_late: list[Stay]) -> None:
        assert stay.seat is not None
        if stay.kind == "reloads":
            # The same page again, without the key of its seat.
            signature = signature_of(stay.job)
            state = self.world.room.dispatch.poll(stay.seat.assignment, None, signature=signature)
            assert state.seat is not None
            assert state.seat.seat_id == stay.seat.seat_id
        else:
            state = self.world.poll(stay.seat)
        if stay.behind:
            stay.beats.clear()
        stay.behind = state.seat is not None and state.seat.behind is not None
        # The poll that learns that the wait is over was heard, too.
        stay.beats.append(self.now_ms)
        if state.is_wait_over:
            stay.polls_left = 0
            return
        assert not state.is_superseded, "a seat was closed whose worker is there"
        if state.task is not None:
            stay.called_ms = self.now_ms
            if stay.kind == "vanishes":
                return
            self.world.working(stay.seat)
            if self.chance.random() < 0.5:
                self.world.working(stay.seat, ack=True)
                stay.quick = True
            else:
                answers_late.append(stay)
        elif stay.kind == "sleeps":
            stay.silent = self.chance.choice([1, 2, 3, 5])

    def _end(self, person: Person, stay: Stay) -> None:
        if stay.kind.startswith("returns"):
            self.place.market.market.work.give_back(
                person.worker, stay.job.assignment.assignment_id
            )
            self._over(person, stay)
        elif stay.kind == "vanishes":
            self._over(person, stay)
        else:
            self._submit(person, stay)

    def _submit(self, person: Person, stay: Stay) -> None:
        if stay.kind == "vanishes":
            self._over(person, stay)
            return
        self.place.submit(stay.job.assignment.assignment_id)
        stay.submitted = True
        self._over(person, stay)

    def _over(self, person: Person, stay: Stay) -> None:
        stay.end_ms = self.now_ms
        person.now = None
        person.rests = self.chance.choice([0, 0, 1, 2])

    def reconcile(self) -> None:
        """Everybody has gone home. Schedules run on, and who is owed takes what is for them."""
        self.world.room.reservations.finish_all(None)
        for _ in range(3):
            self.clock.advance(DURATION_S + 320)
            self.place.market.market.tick.settle_all()
            self.world.room.sizing.run()
            self._review()
        for _ in range(3):
            for proto in self.protos:
                for payment in list(self.world.payments.open(proto)):
                    if payment.posting:
                        self._take(payment.worker, payment.posting)
            self.clock.advance(601)
            self.place.review()

    def _take(self, worker_id: str, hit: str) -> None:
        person = next(p for p in self.people if p.worker.worker_id == worker_id)
        try:
            job = self.place.market.market.work.accept(person.worker, hit)
        except MarketplaceError:
            return
        self.place.submit(job.assignment.assignment_id)

    def wrong(self) -> list[str]:
        """Who was not paid what they are owed, and by which stays."""
        paid: dict[str, int] = {}
        for payment in all_payments():
            paid[payment.assignment] = paid.get(payment.assignment, 0) + payment.cents
        found = []
        for person in self.people:
            earned = self.place.earned(person.name)
            if earned != person.owed_cents():
                found.append(f"{person.name} earned {earned}, and is owed {person.owed_cents()}")
            for stay in person.stays:
                cents = paid.get(stay.job.assignment.assignment_id, 0)
                owed = stay.owed_cents() + (REWARD_CENTS if stay.submitted else 0)
                if cents != owed:
                    since = [beat - stay.beats[0] for beat in [*stay.beats, stay.end_ms]]
                    found.append(f"{stay.kind}: {cents} of {owed}, heard at {since}")
        return found
