"""Every route while the database is away: 503 in the form of its own, and nothing half done.

The routes are those of the app's own table, so that a new one is asked, too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

import app
from chalicelib.kit.invocation import Failed
from chalicelib.kit.metrics import Metric
from chalicelib.retainer.domain.pacing import SLOWEST_MS
from local.events import schedule_event
from local.functions import FUNCTION_TIMEOUT_S, LambdaContext
from tests.integration.outage import away, stopping_after
from tests.integration.route_requests import Route, requests_of
from tests.integration.route_service import Service, routes, running_service
from tests.integration.worker_site import Answer

MOST_CALLS = 60

GETTASK = {(m, "/retainer/gettask/assignment/{assignment_id}") for m in ("GET", "POST")}

PAGES = {
    ("GET", "/mturk/externalSubmit"),
    ("POST", "/mturk/externalSubmit"),
    ("GET", "/market/page/{token}"),
    *((method, "/market/calls/confirm/{token}") for method in ("GET", "POST")),
    ("POST", "/market/calls/stop/{token}"),
    ("POST", "/market/calls/never/{token}"),
    *((method, "/market/sessions/reply/{token}") for method in ("GET", "POST")),
}

TEXTS = {("GET", "/market/calendar/{token}")}

NEED_NO_DATABASE = {
    ("GET", "/market/externalHIT_v1.js"): 200,
    ("GET", "/market/entry"): 200,
    ("GET", "/market/calls/stop/{token}"): 200,
    ("GET", "/market/calls/never/{token}"): 200,
    ("GET", "/retainer/admin"): 200,
    ("GET", "/mturk/preview"): 302,
    ("GET", "/mturk/previewandaccept"): 302,
    ("GET", "/projects/{group_id}/tasks"): 302,
}


@pytest.fixture(scope="module")
def service(dynamo_endpoint: str) -> Iterator[Service]:
    with running_service(dynamo_endpoint) as service:
        yield service


def test_every_route__is_among_those_asked_here(service: Service) -> None:
    assert set(requests_of(service.there)) == set(routes())


@pytest.mark.parametrize("route", routes(), ids=" ".join)
def test_well_formed_request__is_taken_while_the_database_is_there(
    service: Service, route: Route
) -> None:
    answer = service.ask(route[0], requests_of(service.there)[route])

    assert answer.status not in {400, 405, 415, 429, 500, 503}, answer.body


@pytest.mark.parametrize("kind", ["stopped", "silent"])
@pytest.mark.parametrize("route", routes(), ids=" ".join)
def test_route__says_503_in_its_own_form__while_the_database_is(
    service: Service, route: Route, kind: str
) -> None:
    with away(kind, *service.places):
        answer = service.ask(route[0], requests_of(service.there)[route])

    check_form(route, answer)


@pytest.mark.parametrize("route", routes(), ids=" ".join)
def test_route__whose_database_goes_away_in_the_middle__says_so_and_does_it_afterwards(
    service: Service, route: Route
) -> None:
    request = requests_of(service.there)[route]

    for answers in range(MOST_CALLS):
        service.clock.advance(60)
        with stopping_after(answers, *service.places) as stop:
            answer = service.ask(route[0], request)
        if not stop.refused:
            break
        # What is not needed for the answer may be left out of it.
        if answer.status >= 500:
            check_form(route, answer)
        service.clock.advance(60)
        assert service.ask(route[0], request).status < 500
    else:
        pytest.fail("no end of it")


SCHEDULES = ("size_pools", "review", "market_tick", "market_calls")


def test_every_schedule__is_among_those_run_here() -> None:
    # What takes events of the queue needs one, and `test_weather_day.py` has it.
    views = {entry.view_name for methods in app.app.routes.values() for entry in methods.values()}
    assert set(app.app.handler_map) - views - {"market_events"} == {*SCHEDULES, "mturk"}


@pytest.mark.parametrize("kind", ["stopped", "silent"])
@pytest.mark.parametrize("name", SCHEDULES)
def test_schedule__tells_of_it_while_the_database_is(
    service: Service, name: str, kind: str
) -> None:
    # What the routes' tests have left, such as a bonus for a worker who is none, is told of first.
    run_function(service, name)

    with away(kind, *service.places):
        told = run_function(service, name)
    assert told

    assert not run_function(service, name)


def run_function(service: Service, name: str) -> bool:
    """Call it as its schedule does; return whether it failed or counted errors: both alarm."""
    service.figures.values.clear()
    context = LambdaContext(f"retainer-{name}", FUNCTION_TIMEOUT_S, service.clock)
    try:
        app.app.handler_map[name](schedule_event(name, service.clock.now_ms()), context)
    except Failed:
        return True
    return Metric.ERRORS in service.figures.values


@pytest.mark.parametrize("kind", ["stopped", "silent"])
def test_protocol__faults_so_that_sdks_ask_again__while_the_database_is(
    service: Service, kind: str
) -> None:
    client = service.market.client()
    with away(kind, *service.places), pytest.raises(ClientError) as fault:
        client.get_account_balance()

    response: Any = fault.value.response
    assert response["Error"]["Code"] == "ServiceFault"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert client.get_account_balance()["AvailableBalance"]


def check_form(route: Route, answer: Answer) -> None:
    if route in NEED_NO_DATABASE:
        assert answer.status == NEED_NO_DATABASE[route]
        return
    kind = answer.headers["content-type"]
    if route in GETTASK:
        assert (answer.status, kind) == (200, "application/json")
        told = answer.json
        assert (told["start"], told["busy"]) == (False, True)
        assert told["poll"]["every"] == SLOWEST_MS
        return
    assert answer.status == 503, answer.body
    assert int(answer.headers["retry-after"]) > 0
    if route in PAGES:
        assert kind.startswith("text/html")
        assert "again" in answer.body
        assert "{" not in answer.body.partition("</style>")[2]
    elif route in TEXTS:
        assert kind.startswith("text/plain")
    else:
        assert kind == "application/json"
        assert json.loads(answer.body)["error"]["code"] == "unavailable"
