"""A day of workers' pages, programs and schedules that all go on trying while things are away."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from chalice.config import Config as ChaliceConfig
from chalice.local import LocalGateway

import app
from chalicelib import bootstrap
from chalicelib.kit.clock import FakeClock
from chalicelib.kit.config import Config
from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.kit.invocation import Failed
from chalicelib.kit.metrics import Metric
from chalicelib.retainer.domain.errors import RetainerError
from chalicelib.retainer.services.events import Message
from local.events import schedule_event
from local.functions import FUNCTION_TIMEOUT_S, LambdaContext
from tests.integration.paying import all_payments
from tests.integration.place import Place
from tests.integration.weather import MarketUnderWeather, QueueUnderWeather, Weather
from tests.integration.worker_site import Answer, Site

TICK_S = 20
SCHEDULES = ("size_pools", "review", "market_tick", "market_calls")
FORM = {"content-type": "application/x-www-form-urlencoded"}
PATIENCE_TICKS = 60
"""For how many moments a caller may have to try again: no outage is so long."""


class Figures:
    """What the functions count, with when."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.seen: list[tuple[int, Metric, float]] = []

    def put(self, values: Mapping[Metric, float], hit_type: str | None = None) -> None:
        self.seen += [(self._clock.now_ms(), metric, value) for metric, value in values.items()]

    def count(self, metric: Metric, times: float = 1) -> None:
        self.put({metric: times})

    def between(self, since: int, until: int) -> dict[Metric, float]:
        found: dict[Metric, float] = {}
        for at, metric, value in self.seen:
            if since <= at < until:
                found[metric] = found.get(metric, 0) + value
        return found


@dataclass
class Outage:
    what: str
    since: int
    until: int


@dataclass
class Person:
    """One browser and its worker; `step` is what the page does next."""

    site: Site
    step: str = "look"
    job: dict[str, Any] = field(default_factory=dict)
    seat: str = ""
    polls: int = 0
    tried: int = 0
    rests: int = 0
    submitted: list[str] = field(default_factory=list)


class WeatherDay:
    def __init__(self, place: Place, weather: Weather, people: int, stays: int) -> None:
        self.place, self.world, self.weather = place, place.world, weather
        self.clock: Any = place.market.clock
        self.chance = random.Random(weather.chance_of.random())
        self.gateway = LocalGateway(app.app, ChaliceConfig.create(lambda_timeout=29))
        self.visitor = Site(self.gateway)
        self.people = [Person(self.visitor.sign_in(f"w{n}")) for n in range(people)]
        self.stays = stays
        self.figures: Any = self.world.metrics
        self.outages: list[Outage] = []
        self.failed: list[tuple[int, str]] = []
        self.queue = QueueUnderWeather(weather)
        place.market.market.notifications._transport = self.queue
        endpoint = place.client._endpoint
        endpoint.http_session = MarketUnderWeather(endpoint.http_session, weather)
        self.undelivered: list[str] = []
        self.asked: list[dict[str, Any]] = []
        self.tick = 0

    # ---- The whole ------------------------------------------------------------------------------

    def live(self, outages: Callable[[int], list[str]]) -> None:
        """Until everybody has had their stays; `outages` says what begins to be away, by the
        moment's number."""
        while any(len(p.submitted) < self.stays for p in self.people):
            for what in outages(self.tick):
                self._begin_outage(what)
            self._pass()
            assert self.tick < 60 * 30, [(p.step, len(p.submitted)) for p in self.people]

    def recover(self) -> None:
        """Nothing is away any more, and the schedules go on for an hour."""
        self._end_outages(all_of_them=True)
        self.weather.chance = 0
        for hit_type in ("Dashboard",):
            answer = self._form("reservation/finish/all", hitType=hit_type)
            assert answer.status == 200
        for _ in range(60):
            self.clock.advance(60)
            self._run_functions()

    def _pass(self) -> None:
        self.tick += 1
        self.clock.advance(TICK_S)
        self._end_outages()
        if self.tick % 3 == 0:
            self._run_functions()
        self._call_workers()
        self.chance.shuffle(self.people)
        for person in self.people:
            self._act(person)

    def _begin_outage(self, what: str) -> None:
        if what not in self.weather.away:
            lasts_s = self.chance.choice([5, 40, 130, 320])
            now = self.clock.now_ms()
            self.outages.append(Outage(what, now, now + lasts_s * 1000))
            self.weather.away.add(what)

    def _end_outages(self, all_of_them: bool = False) -> None:
        now = self.clock.now_ms()
        here = {o.what for o in self.outages if now < o.until and not all_of_them}
        self.weather.away &= here

    # ---- Schedules ------------------------------------------------------------------------------

    def _run_functions(self) -> None:
        for name in SCHEDULES:
            context = LambdaContext(f"retainer-{name}", FUNCTION_TIMEOUT_S, self.clock)
            try:
                app.app.handler_map[name](schedule_event(name, self.clock.now_ms()), context)
            except Failed:
                self.failed.append((self.clock.now_ms(), name))
        self.undelivered += self.queue.bodies
        self.queue.bodies.clear()
        told = [Message(str(n), body) for n, body in enumerate(self.undelivered)]
        try:
            again = self.world.room.events.take(told)
        except (StoreUnavailable, RetainerError):
            return
        self.undelivered = [self.undelivered[int(n)] for n in again]

    # ---- The application ------------------------------------------------------------------------

    def _call_workers(self) -> None:
        if self.chance.random() < 0.4:
            self.asked.append({"key": f"k{len(self.asked)}-{self.tick}"})
        for asked in list(self.asked):
            if "id" not in asked:
                made = self._form(
                    "reservation/make", hitType="Dashboard", foreignID=1, delay=0,
                    numAssignments=1, key=asked["key"],
                )  # fmt: skip
                if self._is_done(made):
                    asked["id"] = made.body
            if "id" in asked and self._is_done(self._form("reservation/invoke", id=asked["id"])):
                self.asked.remove(asked)

    def _form(self, path: str, **fields: Any) -> Answer:
        body = urlencode(fields).encode()
        return self.visitor.call("POST", f"/retainer/{path}", FORM, body)

    def _is_done(self, answer: Answer) -> bool:
        assert answer.status in {200, 503}, (answer.status, answer.body[-400:])
        return answer.status == 200

    # ---- A worker's page ------------------------------------------------------------------------

    def _act(self, person: Person) -> None:
        if person.rests:
            person.rests -= 1
            return
        before = person.step
        getattr(self, f"_{before}")(person)
        moved = person.step != before or before in {"poll", "look"}
        person.tried = 0 if moved else person.tried + 1
        assert person.tried < PATIENCE_TICKS, f"stuck at {before}"

    def _look(self, person: Person) -> None:
        if len(person.submitted) >= self.stays:
            return
        found = person.site.get("/market/hits")
        if not self._is_done(found) or not found.json["groups"]:
            return
        group = self.chance.choice(found.json["groups"])
        taken = person.site.post("/market/accept", groupId=group["groupId"])
        if taken.status == 200:
            person.job, person.step, person.seat = taken.json, "arrive", ""
            person.polls = self.chance.choice([1, 2, 3, 8])
        else:
            assert taken.status in {403, 404, 409, 503}, (taken.status, taken.body)

    def _arrive(self, person: Person) -> None:
        answer = self._ping(person, "waiting")
        if self._is_done(answer):
            person.seat, person.step = answer.json["seat"], "poll"
        else:
            assert answer.status == 503

    def _poll(self, person: Person) -> None:
        assignment = person.job["assignmentId"]
        query = urlencode({"seat": person.seat})
        answer = person.site.get(f"/retainer/gettask/assignment/{assignment}?{query}")
        assert answer.status == 200, (answer.status, answer.body)
        told = answer.json
        if told.get("busy"):
            return
        person.polls -= 1
        if told["start"]:
            person.step = "acknowledge"
        elif told.get("waitOver") or told.get("superseded") or person.polls <= 0:
            person.step = "submit"

    def _acknowledge(self, person: Person) -> None:
        answer = self._ping(person, "working", ack="1")
        if answer.status == 200:
            person.step = "submit"
        elif answer.status != 503:
            # Too late, or enough others were quicker.
            assert answer.status == 409, (answer.status, answer.body)
            person.step = "poll"

    def _submit(self, person: Person) -> None:
        assignment = person.job["assignmentId"]
        answer = person.site.submit({"assignmentId": assignment, "answer": "x"})
        assert answer.headers["content-type"].startswith("text/html")
        if not self._is_done(answer):
            assert "Please submit it again" in answer.body
            return
        person.submitted.append(assignment)
        person.step, person.rests = "look", self.chance.choice([0, 1, 2])

    def _ping(self, person: Person, event: str, **more: str) -> Answer:
        url = urlsplit(person.job["frameUrl"])
        ids = {name: values[0] for name, values in parse_qs(url.query).items()}
        path = (
            f"/retainer/ping/worker/{ids['workerId']}/assignment/{ids['assignmentId']}"
            f"/hit/{ids['hitId']}/event/{event}"
        )
        fields = {"v": "1", "acks": "1", "arrival": ids["arrival"], "seat": person.seat, **more}
        body = urlencode({name: value for name, value in fields.items() if value}).encode()
        return person.site.call("POST", path, FORM, body)

    # ---- What must hold in the end --------------------------------------------------------------

    def check(self) -> None:
        self.place.check_books()
        self.place.check_hits()
        submitted = {assignment for person in self.people for assignment in person.submitted}
        paid = [p.assignment for p in all_payments() if p.kind == "work" and p.paid_ms]
        assert sorted(paid) == sorted(submitted)
        assert [p for p in all_payments() if p.is_open] == []
        assert self.undelivered == []

    def silent_outages(self) -> list[Outage]:
        """Those of which nothing told that should have: of the database, functions that failed or
        errors; of the market, its figure. One that no run fell into is nobody's to tell."""
        found = []
        for outage in self.outages:
            counted = self.figures.between(outage.since, outage.until + 1)
            failed = [at for at, _ in self.failed if outage.since <= at < outage.until]
            runs = (outage.until - outage.since) // (3 * TICK_S * 1000)
            told = {
                "database": bool(failed) or Metric.ERRORS in counted,
                "market": Metric.MARKETS_FAILING in counted,
                "queue": True,
            }[outage.what]
            if runs >= 2 and not told:
                found.append(outage)
        return found


@contextmanager
def served(place: Place) -> Iterator[None]:
    """The app's functions serve this place, and count here."""
    place.world.metrics = Figures(place.market.clock)  # type: ignore[arg-type]
    place.world.restart()
    config = Config.from_env({"RETAINER_SEAT_SECRET": "s" * 32})
    bootstrap.reset(
        bootstrap.App(
            config, place.market.clock, metrics=place.world.metrics,
            retainer=place.world.room, marketplace=place.market.market,
        )
    )  # fmt: skip
    try:
        yield
    finally:
        bootstrap.reset()
