"""Alarms sound when they should, and else are silent: by the lines that the service writes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.kit import logs
from chalicelib.kit.clock import FakeClock
from chalicelib.kit.dynamo.connection import Dynamo
from chalicelib.kit.invocation import Failed
from chalicelib.kit.metrics import HIT_TYPE, NAMESPACE, SERVICE, EmbeddedMetrics, Metric
from chalicelib.retainer.domain.market import SeatState, Work
from chalicelib.retainer.domain.payments import Kind, Payment
from chalicelib.retainer.services.results import MOST_WAIT_S
from operate.stages import ROOT, Stage
from operate.template import Place, code_template, state_template
from operate.template.alarms import all_alarms, anchor
from tests.deploy.cloudwatch import is_alarming, metrics_of
from tests.integration.faults import session_of
from tests.integration.world import World

STAGE = Stage.named("dev")
STATE = state_template(STAGE, Place("123456789012", "eu-west-1"))
CODE = code_template(STAGE)
RESOURCES: dict[str, dict[str, Any]] = {**STATE["Resources"], **CODE["Resources"]}
ALARMS = {
    name.removesuffix("Alarm"): resource["Properties"]
    for name, resource in RESOURCES.items()
    if resource.get("Type") == "AWS::CloudWatch::Alarm"
}
OURS = {name: alarm for name, alarm in ALARMS.items() if alarm.get("Namespace") == NAMESPACE}


class Watched:
    """A service that writes figures, driven minute by minute, and the alarms over it."""

    def __init__(self, world: World, clock: FakeClock) -> None:
        self.world, self.clock = world, clock
        self.lines: list[str] = []
        world.metrics = EmbeddedMetrics(STAGE.prefix, clock, self.lines.append)
        world.restart()

    def minutes(self, count: int, *, sizing: bool = True, review: bool = True) -> None:
        for _ in range(count):
            if sizing:
                self.world.room.sizing.run()
            if review:
                self.world.room.review.run()
            self.clock.advance(60)

    @property
    def sounding(self) -> set[str]:
        now = self.clock.now_ms()
        return {name for name, alarm in OURS.items() if is_alarming(alarm, self.lines, now)}


@pytest.fixture
def watched(dynamo_endpoint: str, table_prefix: str, clock: FakeClock) -> Watched:
    dynamo = Dynamo(region="us-east-1", endpoint=dynamo_endpoint, table_prefix=table_prefix)
    return Watched(World(dynamo, clock), clock)


def test_nothing_sounds__where_all_is_well(watched: Watched) -> None:
    watched.world.put_proto()
    watched.world.make(1, delay_s=86_400)

    watched.minutes(6)

    assert watched.sounding == set()


def test_pool_below_target__sounds__when_nobody_comes_for_15_minutes(watched: Watched) -> None:
    watched.world.put_proto()
    watched.world.make(2)

    watched.minutes(14)
    assert watched.sounding == set()
    watched.minutes(1)
    assert watched.sounding == {"PoolBelowTarget"}
    for n in range(2):
        watched.world.seat(f"A{n}")
    watched.minutes(1)
    assert watched.sounding == set()


def test_money__sounds__near_a_cap_and_above_it(watched: Watched) -> None:
    watched.world.put_proto(max_spend_per_hour=0.60)
    watched.world.make(9)

    watched.minutes(5)
    assert watched.sounding == {"MoneyNearCap"}
    watched.world.put_proto(max_spend_per_hour=0.30)
    watched.minutes(1)

    assert watched.sounding == {"MoneyNearCap", "MoneyAboveCap"}


def test_sizing_not_run__sounds__though_nothing_is_written(watched: Watched) -> None:
    watched.world.put_proto()
    watched.minutes(2)

    watched.minutes(4, sizing=False)
    assert watched.sounding == set()
    watched.minutes(1, sizing=False)
    assert watched.sounding == {"SizingNotRun"}


def test_run_that_cannot_come_to_its_end__is_none(watched: Watched) -> None:
    """A run that is taken over by another, or that dies, has not looked at all pools."""
    watched.world.put_proto()
    watched.world.room.sizing.run("Dashboard")

    (by_type,) = metrics_of(watched.lines).keys() - {
        key for key in metrics_of(watched.lines) if key[1] != "PoolTarget"
    }
    assert by_type[2] == {(SERVICE, STAGE.prefix), (HIT_TYPE, "Dashboard")}
    assert "SizingRuns" not in {name for _, name, _ in metrics_of(watched.lines)}


def test_market_failing__sounds__while_it_is_left_alone_too(watched: Watched) -> None:
    watched.world.put_proto()
    watched.world.make(2)
    watched.world.market.is_away = True

    watched.minutes(2)
    assert watched.sounding == set()
    watched.minutes(4)
    assert "MarketFailing" in watched.sounding
    watched.minutes(7)
    assert "MarketFailing" in watched.sounding
    asked = watched.world.market.asked_to_open
    watched.world.market.is_away = False
    watched.minutes(14)
    assert watched.world.market.asked_to_open > asked
    assert "MarketFailing" not in watched.sounding


def owe(watched: Watched) -> None:
    watched.world.payments.owe(
        Payment(
            id="3A1.1", kind=Kind.BONUS, proto="Dashboard", market="sandbox", worker="A1",
            assignment="3A1", hit="3HIT", owed_ms=watched.clock.now_ms(), wait_cents=12,
            reason="For waiting",
        )
    )  # fmt: skip


def test_payments_waiting__sounds__when_they_are_old_and_not_before(watched: Watched) -> None:
    watched.world.put_proto()
    owe(watched)
    work = Work("3A1", "A1", "3HIT", SeatState.PAID, watched.clock.now_ms(), {})
    watched.world.market.handed_in.append(work)
    watched.world.market.is_broke = True

    watched.minutes(20)
    assert watched.sounding == set()
    watched.minutes(1)
    assert watched.sounding == {"PaymentsWaiting"}
    watched.world.market.is_broke = False
    watched.minutes(1)
    assert watched.world.market.bonuses
    assert watched.sounding == set()


def test_payments_waiting__sounds__when_the_review_does_not_run(watched: Watched) -> None:
    watched.world.put_proto()

    watched.minutes(5, review=False)

    assert watched.sounding == {"PaymentsWaiting"}


class Broken:
    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


@pytest.fixture
def handlers() -> Iterator[dict[str, Any]]:
    import app
    from chalicelib import bootstrap

    yield app.app.handler_map
    bootstrap.reset()


def test_errors_logged__sounds__when_functions_go_on_failing(
    watched: Watched, handlers: dict[str, Any]
) -> None:
    from chalicelib import bootstrap
    from chalicelib.kit.config import Config

    broken: Any = Broken()
    metrics = watched.world.metrics
    bootstrap.reset(bootstrap.App(Config.from_env({}), metrics=metrics, retainer=broken))
    event = {"detail": {}, "detail-type": "", "source": "", "account": "", "time": "", "id": "",
             "region": "", "resources": [], "version": ""}  # fmt: skip
    for _ in range(2):
        with pytest.raises(Failed):
            handlers["review"](event, None)
        watched.clock.advance(300)

    assert "ErrorsLogged" in watched.sounding


def test_figures_of_calls__are_written_as_calls_go(watched: Watched) -> None:
    world, clock = watched.world, watched.clock
    world.put_proto()
    seats = [world.seat(f"A{n}") for n in range(2)]
    reservation = world.invoked(1)
    clock.advance(0.4)
    with logs.about(requestId="1"):
        assert world.poll(seats[0]).task is not None
    clock.advance(0.1)
    with logs.about(requestId="2"):
        world.working(seats[0])
    # Nobody answers: the next worker's poll takes the slot over.
    clock.advance(16)
    with logs.about(requestId="3"):
        assert world.poll(seats[1]).task is not None

    service = frozenset({(SERVICE, STAGE.prefix)})
    found = {name: [v for _, v in points] for (_, name, of), points in
             metrics_of(watched.lines).items() if of == service}  # fmt: skip
    assert found == {"Claims": [1, 1], "DispatchLatency": [500], "Releases": [1]}
    assert all(reservation in line for line in watched.lines)


class Overtaken:
    """Lets somebody else in between the two writes of a claim."""

    def __init__(self, real: Any, overtake: Callable[[], Any]) -> None:
        self._real, self._overtake = real, overtake
        self._writes = 0

    def send(self, request: Any) -> Any:
        self._writes += b"UpdateItem" in request.headers["X-Amz-Target"]
        if self._writes == 2:
            self._writes += 1
            self._overtake()
        return self._real.send(request)

    def close(self) -> None:
        self._real.close()


def test_claim_that_comes_too_late__is_told(watched: Watched) -> None:
    world = watched.world
    world.put_proto()
    slow, quick = world.seat("A1"), world.seat("A2")
    world.invoked(1)

    with session_of(world.dynamo, lambda real: Overtaken(real, lambda: world.poll(quick))):
        assert world.poll(slow).task is None

    assert world.poll(quick).task is not None
    found = metrics_of(watched.lines)
    counts = {name: [v for _, v in points] for (_, name, _), points in found.items()}
    assert counts == {"Claims": [1], "ClaimsLost": [1]}


def test_poll_that_finds_nothing__writes_no_figure(watched: Watched) -> None:
    watched.world.put_proto()
    seat = watched.world.seat("A1")

    for _ in range(3):
        watched.world.poll(seat)
        watched.clock.advance(20)

    assert watched.lines == []


def test_hit_types_beyond_the_twentieth__have_no_figures_of_their_own(watched: Watched) -> None:
    for n in range(21):
        watched.world.put_proto(hit_type_id=f"T{n:02}")

    watched.world.room.sizing.run()

    of_types = {dict(of).get(HIT_TYPE) for _, _, of in metrics_of(watched.lines)} - {None}
    assert len(of_types) == 20


def test_every_alarm__is_told_to_the_topic__and_has_its_section_in_the_runbook() -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text()
    sections = {
        re.sub(r"[^a-z -]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^### (.+)$", runbook, re.MULTILINE)
    }

    assert set(all_alarms(STAGE)) == set(ALARMS)
    assert {anchor(name) for name in ALARMS} <= sections
    for name, alarm in ALARMS.items():
        assert alarm["AlarmDescription"].endswith(f"docs/runbook.md#{anchor(name)}")
        assert alarm["AlarmName"] == f"retainer-dev-{anchor(name)}"
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "AlarmTopic"}]
        assert f"`{alarm['AlarmName'].removeprefix('retainer-dev-')}`" in runbook


def test_alarms_of_aws__look_at_what_is_in_the_stack() -> None:
    functions = {r["Properties"]["FunctionName"] for r in RESOURCES.values()
                 if "FunctionName" in r.get("Properties", {})}  # fmt: skip
    for name in ("FunctionsFailing", "FunctionsThrottled", "FunctionsSlow"):
        queries = [m["MetricStat"]["Metric"] for m in ALARMS[name]["Metrics"] if "MetricStat" in m]
        assert {q["Dimensions"][0]["Value"] for q in queries} == functions
        assert len(ALARMS[name]["Metrics"]) <= 10
    # An application that waits for results as long as it may is nothing to wake anybody for.
    assert STAGE.timeout_s("api_handler") * ALARMS["FunctionsSlow"]["Threshold"] / 100 > MOST_WAIT_S
    # The metric of a refused request, which is a table's and, by itself, none of its indexes'.
    (refused,) = ALARMS["TablesThrottled"]["Metrics"]
    assert refused["Expression"] == 'SELECT SUM(ThrottledRequests) FROM "AWS/DynamoDB"'
    queues = {r["Properties"]["QueueName"] for r in RESOURCES.values()
              if r.get("Type") == "AWS::SQS::Queue"}  # fmt: skip
    assert ALARMS["DeadLetters"]["Dimensions"][0]["Value"] in queues
    title = RESOURCES["RestAPI"]["Properties"]["DefinitionBody"]["info"]["title"]
    assert ALARMS["ApiFailing"]["Dimensions"] == [{"Name": "ApiName", "Value": title}]


def test_queries__ask_for_what_lines_have() -> None:
    """Messages and fields that the runbook's queries name are those of the code."""
    runbook = (ROOT / "docs" / "runbook.md").read_text()
    code = "".join(p.read_text() for p in sorted((ROOT / "chalicelib").rglob("*.py")))
    queries = re.findall(r"^```\n(.+?)^```", runbook, re.MULTILINE | re.DOTALL)
    built_in = {"level", "logger", "message", "error", "Caught exception"}

    assert len(queries) > 8
    for query in queries:
        for listed in re.findall(r"message (?:=|in) (\[[^\]]+\]|\"[^\"]+\")", query):
            for message in re.findall(r'"([^"]+)"', listed):
                assert re.search(rf'\(\s*"{message}"', code), message
        for listed in re.findall(r"fields (.+)", query):
            for field in set(listed.split(", ")) - {"@timestamp"} - built_in:
                assert f'"{field}"' in code or f"{field}=" in code, field


def test_costs__are_those_of_what_is_there(watched: Watched) -> None:
    """Metrics cost 30 cents a month each, alarms 10 for each metric that they look at."""
    runbook = " ".join((ROOT / "docs" / "runbook.md").read_text().split())
    looked_at = sum(
        len([m for m in alarm.get("Metrics", [alarm]) if "Expression" not in m])
        for alarm in ALARMS.values()
    )
    watched.world.put_proto()
    watched.minutes(1)
    of_service = [key for key in metrics_of(watched.lines) if len(key[2]) == 1]
    of_type = [key for key in metrics_of(watched.lines) if len(key[2]) == 2]
    a_month = sum(len(line) + 1 for line in watched.lines) * 60 * 24 * 30.4 / 1e6

    assert (len(of_service), len(of_type), looked_at) == (10, 2, 30)
    assert len(Metric) - len(of_service) == 5
    assert (
        "$3.00 a month for the ten metrics of the schedules, at most $1.50 for the five" in runbook
    )
    assert "60 cents for each HIT type" in runbook
    assert "$3.00 for 30 alarmed metrics" in runbook
    assert a_month == pytest.approx(60, rel=0.2)


def test_every_metric__is_in_the_runbook() -> None:
    runbook = (Path(ROOT) / "docs" / "runbook.md").read_text()

    for metric in Metric:
        assert f"`{metric.title}`" in runbook
