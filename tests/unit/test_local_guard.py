"""Which requests the one-machine stack takes for those of somebody else's page."""

from __future__ import annotations

import json

import pytest

from local.__main__ import arguments, options
from local.engine import hidden_host
from local.environment import unproxied
from local.guard import Guard, parse_origin
from local.http_server import HOST, Request

EVIL = "https://evil.example"
DESK = "http://127.0.0.1:8003"
Headers = list[tuple[str, str]]


def guard(*allowed: str) -> tuple[Guard, list[str]]:
    notices: list[str] = []
    made = Guard(allowed, notices.append)
    made.know_as_own(8003)
    made.is_for_any_page = lambda request: request.path.startswith("/api/mturk/")
    return made, notices


def refused(name: str, *headers: tuple[str, str], target: str = "/api/x", to: str = "") -> str:
    """The code of the refusal; empty where the request is let through."""
    request = Request("POST", target, [("Host", "127.0.0.1:8000"), *headers], b"")
    reply = guard(*([to] if to else []))[0].refusal(name, request)
    if reply is None:
        return ""
    assert reply.status == 403
    assert not [name for name, _ in reply.headers if name.lower().startswith("access-control")]
    return str(json.loads(reply.body)["error"]["code"])


@pytest.mark.parametrize("name", ["api", "mturk", "lambda", "wait", "desk"])
def test_foreign_page__is_refused_at_every_port(name: str) -> None:
    assert refused(name, ("Origin", EVIL)) == "foreign_origin"
    assert refused(name, ("Origin", "http://127.0.0.1:9999")) == "foreign_origin"
    # Each port names an origin of its own.
    assert refused(name, ("Origin", "https://127.0.0.1:8003")) == "foreign_origin"


@pytest.mark.parametrize("name", ["api", "mturk", "lambda", "wait", "desk"])
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "0.0.0.0:8000", "[", ""]
)
def test_foreign_name_of_this_machine__is_refused_at_every_port(name: str, host: str) -> None:
    made, _ = guard()

    reply = made.refusal(name, Request("GET", "/", [("Host", host)], b""))

    assert reply is not None
    assert json.loads(reply.body)["error"]["code"] == "foreign_host"


def test_foreign_name__is_refused_though_the_browser_takes_it_for_the_pages_own() -> None:
    headers: Headers = [("Host", "evil.example:8000"), ("Sec-Fetch-Site", "same-origin")]

    assert guard()[0].refusal("api", Request("GET", "/", headers, b"")) is not None


@pytest.mark.parametrize("name", ["mturk", "lambda"])
def test_page_of_the_stacks_own__is_refused_where_programs_ask(name: str) -> None:
    assert refused(name, ("Origin", DESK)) == "foreign_origin"
    assert refused(name) == ""


def test_programs_and_the_stacks_own_pages__are_let_through() -> None:
    assert refused("api") == ""
    assert refused("api", ("Origin", DESK), ("Sec-Fetch-Site", "same-site")) == ""
    assert refused("api", ("Origin", "http://localhost:8003")) == ""
    # A form of the API's own page, which tells nobody where it was.
    assert refused("api", ("Origin", "null"), ("Sec-Fetch-Site", "same-origin")) == ""
    # Somebody follows a link from their mail.
    assert refused("api", ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")) == ""
    assert guard()[0].refusal("api", Request("GET", "/", [("Host", "LOCALHOST:1")], b"")) is None
    assert guard()[0].refusal("api", Request("GET", "/", [], b"")) is None


def test_frame_without_an_origin__is_let_in_where_any_page_is() -> None:
    nameless = ("Origin", "null"), ("Sec-Fetch-Site", "cross-site")

    assert refused("api", *nameless, target="/api/mturk/externalSubmit") == ""
    assert refused("api", *nameless, target="/api/retainer/keys") == "foreign_origin"
    assert refused("mturk", *nameless) == "foreign_origin"
    assert refused("lambda", *nameless) == "foreign_origin"
    assert refused("wait", *nameless) == ""


def test_allowed_origin__may_ask__and_its_host_is_a_name_of_this_machine() -> None:
    assert refused("api", ("Origin", "http://localhost:3000"), to="http://localhost:3000/") == ""
    assert refused("api", ("Origin", "https://evil.example"), to="http://evil.example") != ""
    made, _ = guard("http://Host.Docker.Internal:8000")
    asked = Request("GET", "/", [("Host", "host.docker.internal:8000")], b"")
    assert made.refusal("mturk", asked) is None


def test_refusal__is_told_once_for_each_origin__in_plain_letters() -> None:
    made, notices = guard()
    for origin in (EVIL, EVIL, "http://a\x1b[31mb.example", "null", "nonsense"):
        made.refusal("api", Request("GET", "/", [("Origin", origin)], b""))

    assert notices[0] == f"refused a page of {EVIL}; --allow {EVIL} lets it in"
    assert all(notice.isprintable() for notice in notices)
    assert len([notice for notice in notices if EVIL in notice]) == 1
    for number in range(100):
        headers = [("Origin", f"http://{number}.example")]
        made.refusal("api", Request("GET", "/", headers, b""))
    assert len(notices) <= 20


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("http://localhost:3000", "http://localhost:3000"),
        ("HTTPS://Pages.Example:443/", "https://pages.example"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_origin__is_read_as_browsers_write_it(text: str, origin: str) -> None:
    assert parse_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    ["localhost:3000", "*", "", "null", "http://", "http://a/b", "http://u@a", "http://a:x"],
)
def test_what_is_no_origin__is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"origin|[Pp]ort"):
        parse_origin(text)


def test_allowed_origins__come_from_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--allow", "HTTP://localhost:3000/", "--allow", "https://a.example"]

    given = options(arguments("The stack", "stack").parse_args(asked))

    assert given.allowed == ("http://localhost:3000", "https://a.example")
    with pytest.raises(SystemExit):
        arguments("The stack", "stack").parse_args(["--allow", "localhost:3000"])
    assert "is no origin such as http://localhost:3000" in capsys.readouterr().err


def test_engine__lies_where_no_page_finds_it__and_no_proxy_is_asked_for_it() -> None:
    hosts = {hidden_host() for _ in range(20)}

    # A system that knows no other address of its own has the ordinary one.
    assert hosts == {HOST} or len(hosts) > 15
    assert unproxied("http://127.5.6.7:8000")["NO_PROXY"].split(",")[-1] == "127.5.6.7"
