"""The service on the real engine, with a fake clock and a fake market, and seats quickly made."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.kit.clock import Clock, FakeClock
from chalicelib.kit.config import Config
from chalicelib.kit.dynamo.connection import Dynamo
from chalicelib.kit.metrics import Metrics, NoMetrics
from chalicelib.retainer.container import Retainer, assemble
from chalicelib.retainer.domain.ports import AssignmentSeat
from chalicelib.retainer.domain.postings import Posting
from chalicelib.retainer.domain.reports import NOTHING_TOLD, Report
from chalicelib.retainer.domain.reservations import Ledger
from chalicelib.retainer.domain.seats import Seat
from chalicelib.retainer.services.reservations import Asked
from chalicelib.retainer.services.seating import PageState
from chalicelib.retainer.store.ledgers import DynamoLedgers
from chalicelib.retainer.store.payments import DynamoPayments
from chalicelib.retainer.store.postings import DynamoPostings
from chalicelib.retainer.store.seats import DynamoSeats
from chalicelib.retainer.store.tables import MODELS
from tests.fakes import FakeMarket, FakeStarter
from tests.functions import room_in_functions
from tests.tables import are_made

PROTO: dict[str, Any] = {
    "hit_type_id": "Dashboard",
    "title": "Dashboard HIT",
    "description": "desc",
    "keywords": "keys",
    "url": "https://example.org/wait.html",
    "frame_height": 1200,
    "reward": 0.05,
    "assignment_duration": 600,
    "lifetime": 2400,
    "max_assignments": 9,
    "auto_approval_delay": 5000,
    # Most tests' workers come with nothing that a market signed.
    "verifiedOnly": False,
}

SECRET = "a secret of the tests, 32 characters"


@dataclass
class World:
    dynamo: Dynamo
    clock: Clock
    market: FakeMarket = field(default_factory=FakeMarket)
    starter: FakeStarter = field(default_factory=FakeStarter)
    open: bool = True
    variables: dict[str, str] = field(default_factory=dict)
    metrics: Metrics = field(default_factory=NoMetrics)

    def __post_init__(self) -> None:
        self.dynamo.bind(MODELS)
        if not are_made(self.dynamo.table_prefix):
            self.dynamo.create_tables(MODELS)
        self.markets = {"sandbox": self.market}
        self.restart()
        self.seats = DynamoSeats()
        self.ledgers = DynamoLedgers()
        self.postings = DynamoPostings()
        self.payments = DynamoPayments()

    def restart(self) -> None:
        """Assemble the service anew, as a process that has just started would."""
        config = Config.from_env({"RETAINER_SEAT_SECRET": SECRET, **self.variables}).retainer
        self.room: Retainer = assemble(
            self.dynamo, replace(config, open=self.open), self.clock, self.markets, self.starter,
            self.metrics,
        )  # fmt: skip
        room_in_functions(self.room)

    def clear(self) -> None:
        """Forget everything: quicker than new tables."""
        for model in MODELS:
            for row in model.scan(consistent_read=True):
                row.delete()

    @classmethod
    def on(cls, endpoint: str, prefix: str, clock: Clock | None = None, **variables: str) -> World:
        dynamo = Dynamo(region="us-east-1", endpoint=endpoint, table_prefix=prefix)
        return cls(dynamo, clock or FakeClock(), variables=variables)

    def put_proto(self, **fields: Any) -> str:
        return self.room.reservations.put_proto({**PROTO, **fields}).hit_type_id

    def post_hit(
        self, proto: str = "Dashboard", seats: int = 9, hit: str = "3HIT", conditions: bool = False
    ) -> str:
        """Record a HIT as posted, without any market; with what it demands, if `conditions`."""
        now = self.clock.now_ms()
        demands = self.room.reservations.proto(proto).conditions if conditions else None
        token = f"{now:013d}{hit}"
        posting = Posting(token, proto, "sandbox", seats, now, seats * 6, conditions=demands)
        self.postings.plan(posting)
        self.postings.opened(posting, hit, now)
        return hit

    def seat(self, worker: str, assignment: str | None = None, **more: Any) -> Seat:
        """Put a worker into the pool directly, without an arrival."""
        assignment = assignment or f"3{worker}"
        now = self.clock.now_ms()
        values: dict[str, Any] = {
            "proto": "Dashboard", "assignment": assignment, "epoch": 1, "worker": worker,
            "hit": "3HIT", "arrived_ms": now, "seen_ms": now, "waits_until_ms": now + 300_000,
            "acks": True, **more,
        }  # fmt: skip
        seat = Seat(**values)
        self.seats.assign(AssignmentSeat(assignment, seat.proto, 1, worker, seat.hit), None)
        return self.seats.create(seat)

    def make(self, count: int = 1, foreign_id: int | str = 1, **more: Any) -> str:
        values: dict[str, Any] = {
            "hit_type": "Dashboard", "foreign_id": foreign_id, "delay_s": 0,
            "num_assignments": count, **more,
        }  # fmt: skip
        return self.room.reservations.make(Asked(**values))

    def invoked(self, count: int = 1, foreign_id: int | str = 1, **more: Any) -> str:
        reservation = self.make(count, foreign_id, **more)
        self.room.reservations.invoke(reservation)
        return reservation

    def poll(self, seat: Seat, told: Report = NOTHING_TOLD) -> PageState:
        key = self.room.dispatch._seating.key_of(seat)
        return self.room.dispatch.poll(seat.assignment, key, told)

    def working(self, seat: Seat, ack: bool = False, told: Report = NOTHING_TOLD) -> PageState:
        key = self.room.dispatch._seating.key_of(seat)
        return self.room.dispatch.working(
            seat.worker, seat.assignment, seat.hit, key, seat.acks, ack, told
        )

    def ledger(self, reservation: str) -> Ledger:
        found = self.ledgers.get(reservation)
        assert found is not None
        return found

    def now_of(self, seat: Seat) -> Seat:
        found = self.seats.get(seat.proto, seat.seat_id, consistent=True)
        assert found is not None
        return found

    def live_claims(self, reservation: str) -> dict[str, str]:
        """Claim key → seat, of claims whose seat points back at the ledger."""
        live: dict[str, str] = {}
        for key, claim in self.ledger(reservation).claims.items():
            place = self.seats.find_assignment(claim.assignment, consistent=True)
            proto = "Dashboard" if place is None else place.proto
            seat = self.seats.get(proto, claim.seat_id, consistent=True)
            if seat is not None and seat.reservation == reservation:
                live[key] = claim.seat_id
        return live
