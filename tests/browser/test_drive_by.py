"""A page of somebody else's, opened by the person at whose machine the stack runs, gets nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, Playwright

from local.chromium import ARGUMENTS
from local.http_server import HttpServer, Reply, Request
from local.stack import Stack
from tests.browser.application import Application
from tests.browser.worker import context_options
from tests.patience import PATIENCE_S

# What a page may send without asking first, and what it has to ask for; null: no answer was read.
ASK = """async (tries) => Object.fromEntries(await Promise.all(tries.map(
  async ([name, url, options]) => [name, await fetch(url, options)
    .then(async (answer) => `${answer.status} ${await answer.text()}`, () => null)])))"""
PLAIN = {"content-type": "text/plain"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
AMZ = {"content-type": "application/x-amz-json-1.0"}


def tries(stack: Stack, base: str = "") -> list[tuple[str, str, dict[str, Any]]]:
    """What a page would want of the stack; `base`: another name for this machine."""

    def at(origin: str) -> str:
        return origin.replace("127.0.0.1", base or "127.0.0.1")

    def post(body: object, **headers: str) -> dict[str, Any]:
        return {"method": "POST", "body": json.dumps(body), "headers": {**PLAIN, **headers}}

    def form(body: str) -> dict[str, Any]:
        return {"method": "POST", "body": body, "headers": FORM}

    scope = "x/20260101/us-east-1/dynamodb/aws4_request"
    signed = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    amz = {**AMZ, "x-amz-target": "DynamoDB_20120810.ListTables", "authorization": signed}
    amz["x-amz-date"] = "20260101T000000Z"
    engine = urlsplit(stack.dynamodb)
    invocations = f"/2015-03-31/functions/{stack.functions.full_name('size_pools')}/invocations"
    return [
        ("make a key", at(stack.api) + "/retainer/keys", form("name=x&scope=admin")),
        ("read keys", at(stack.api) + "/retainer/keys", {}),
        ("finish all", at(stack.api) + "/retainer/reservation/finish/all", form("hitType=")),
        ("sign in", at(stack.api) + "/market/session", post({"name": "Eve"})),
        ("a worker's task", at(stack.api) + "/retainer/gettask/assignment/" + "A" * 30, {}),
        ("run a function", at(stack.lambda_api) + invocations, post({})),
        ("read the log", at(stack.lambda_api) + "/", post({}, **{
            "x-amz-target": "Logs_20140328.FilterLogEvents"})),
        ("call the market", at(stack.mturk) + "/", post({})),
        ("read where all is", at(stack.wait) + "/config.js", {}),
        ("read where all is, too", at(stack.desk) + "/config.js", {}),
        ("ask the engine", f"http://{base or '127.0.0.1'}:{engine.port}/",
         {"method": "POST", "body": "{}", "headers": amz}),
    ]  # fmt: skip


@pytest.fixture
def strangers_origin() -> Iterator[str]:
    server = HttpServer(
        "stranger", lambda _: Reply(200, [("Content-Type", "text/html")], b"<!doctype html>Hello")
    )
    server.start()
    yield server.origin
    server.stop()


@pytest.fixture
def strangers_page(browser: Browser, strangers_origin: str) -> Iterator[Page]:
    context = browser.new_context(**context_options())
    page = context.new_page()
    page.goto(strangers_origin)
    yield page
    context.close()


def test_page_of_another_origin__reads_nothing_and_changes_nothing(
    stack: Stack, application: Application, strangers_page: Page
) -> None:
    before = keys(stack)
    reservation = application.reserve(sized=False)

    got = strangers_page.evaluate(ASK, tries(stack))

    assert got == dict.fromkeys(got)
    assert application.retainer.results(reservation)["done"] is False
    assert keys(stack) == before


def test_frame_without_an_origin__gets_no_more(stack: Stack, strangers_page: Page) -> None:
    before = keys(stack)
    strangers_page.evaluate("""() => new Promise((ready) => {
      const frame = document.createElement('iframe');
      frame.setAttribute('sandbox', 'allow-scripts');
      frame.srcdoc = '<!doctype html>';
      frame.onload = ready;
      document.body.append(frame);
    })""")

    got = strangers_page.frames[1].evaluate(ASK, tries(stack))

    open_to_all = {"a worker's task", "read where all is"}
    assert {name for name, answer in got.items() if answer is not None} <= open_to_all
    assert got["a worker's task"].startswith('200 {"start":false')
    assert keys(stack) == before


def test_name_of_somebodys_that_leads_here__reads_nothing(
    stack: Stack, playwright: Playwright, chromium_path: str
) -> None:
    """DNS rebinding: to the browser the stack's port is of the page's own origin."""
    before, name = keys(stack), "evil.example"
    rules = f"--host-resolver-rules=MAP {name} 127.0.0.1"
    browser = playwright.chromium.launch(executable_path=chromium_path, args=[*ARGUMENTS, rules])
    try:
        page = browser.new_page()
        for what, url, options in tries(stack, name):
            parts = urlsplit(url)
            if parts.port == urlsplit(stack.dynamodb).port:
                continue  # where nothing listens no page is loaded
            page.goto(f"http://{name}:{parts.port}/")
            got = page.evaluate(ASK, [(what, url, options)])[what]
            # That much it reads, being of the same origin.
            assert got.startswith('403 {"error": {"code": "foreign_host"'), (what, got)
    finally:
        browser.close()
    assert keys(stack) == before


def test_page_of_an_allowed_origin__may_call(
    stack: Stack, strangers_page: Page, strangers_origin: str
) -> None:
    stack.allow(strangers_origin)

    got = strangers_page.evaluate(ASK, tries(stack))

    may = {"make a key", "read keys", "finish all", "a worker's task"}
    may |= {"read where all is"}
    assert {name for name, answer in got.items() if answer is not None} == may
    assert got["read keys"].startswith("200")


def keys(stack: Stack) -> list[Any]:
    with urlopen(f"{stack.api}/retainer/keys", timeout=PATIENCE_S) as answer:
        found: list[Any] = json.load(answer)
    return found


def test_routes_for_frames_without_an_origin__take_neither_key_nor_session(stack: Stack) -> None:
    taken = {
        route
        for route, methods in stack.functions.app.routes.items()
        for method in methods
        if stack.gateway.is_for_any_page(Request(method, f"/api{route}", [], b""))
    }

    # The worker's page, the market's form, its script and pages.
    assert taken == {
        "/retainer/gettask/assignment/{assignment_id}",
        "/retainer/ping/worker/{worker_id}/assignment/{assignment_id}/hit/{hit_id}/event/{event}",
        "/retainer/page/hit/{hit_id}",
        "/mturk/externalSubmit",
        "/market/externalHIT_v1.js",
        "/market/page/{token}",
        "/mturk/preview",
        "/mturk/previewandaccept",
        "/projects/{group_id}/tasks",
    }
