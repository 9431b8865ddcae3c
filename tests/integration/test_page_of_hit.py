"""What the page of a HIT is told before anybody accepts it: texts, terms, and nothing recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.retainer.store.postings import DynamoPostings
from local.stack import Stack, StackOptions, running_stack
from tests.browser.application import Application
from tests.integration.test_api import PROTO, Answer, Api

PAGE = {"title": "Photos", "accent": "#0b5fb0", "pastime": "game", "sound": "knock"}


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack(StackOptions(speed=0, allowed=("http://elsewhere",))) as running:
        yield running


@pytest.fixture
def api(stack: Stack) -> Api:
    return Api(stack.api)


def posted(stack: Stack, name: str, **fields: object) -> str:
    """Return the id of a HIT of a ProtoHIT of this name."""
    application = Application(stack, name)
    application.open(**fields)
    application.reserve()
    (posting, *_) = DynamoPostings().live(name)
    assert posting.hit is not None
    return posting.hit


def page(api: Api, hit: str) -> Answer:
    return api.get(f"retainer/page/hit/{hit}", origin="http://elsewhere")


def test_page__has_the_requesters_texts_and_the_hits_terms(stack: Stack, api: Api) -> None:
    terms = {
        "wait_pay": 0.02,
        "quick_bonus": 0.03,
        "quick_within": 2,
        "max_wait": 150,
        "ack_within": 15,
    }
    hit = posted(stack, "Texts", description="Wait, look.", page=PAGE, **terms)

    answer = page(api, hit)

    assert answer.json == {
        "title": "Photos", "instructions": "Wait, look.", "accent": "#0b5fb0", "pastime": "game",
        "reading": "", "sound": "knock", "task": "", "reward": "0.05", "waitMax": 150_000,
        "ackWithin": 15_000, "checkEvery": 0, "maxUnanswered": 3,
        "pay": {"rate": "0.02", "most": "0.05", "quick": "0.03", "quickWithin": 2000},
    }  # fmt: skip
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=60"


def test_page_of_nobodys_making__has_the_hits_title_and_description(stack: Stack, api: Api) -> None:
    body = page(api, posted(stack, "Bare", title="Bare", description="desc")).json

    assert (body["title"], body["instructions"]) == ("Bare", "desc")
    assert body["pastime"] == "none"
    assert "pay" not in body


def test_page__follows_puttask__but_not_in_what_the_hit_promised(stack: Stack, api: Api) -> None:
    hit = posted(stack, "Changed", reward=0.05)
    changed = {**PROTO, "hit_type_id": "Changed", "reward": 0.01, "page": {"title": "<b>New</b>"}}
    api.form("puttask", json=json.dumps(changed))

    body = page(api, hit).json

    assert (body["title"], body["reward"]) == ("<b>New</b>", "0.05")


def test_page_of_a_hit_that_was_never_posted__is_refused(api: Api) -> None:
    unknown, malformed = page(api, "3NEVER"), page(api, "3%2F..")

    assert (unknown.status, unknown.code) == (404, "unknown_hit")
    assert unknown.headers["Cache-Control"] == "no-store"
    assert (malformed.status, malformed.code) == (400, "malformed_id")


def test_page_of_one_hit__cannot_be_asked_for_without_end(stack: Stack, api: Api) -> None:
    hit = posted(stack, "Asked")
    # So many at once that a slow machine, too, asks more often than is let through.
    with ThreadPoolExecutor(16) as many:
        answers = list(many.map(lambda _: page(api, hit), range(200)))

    assert {a.status for a in answers} == {200, 429}
    # Who waits with this HIT is not slowed down by it.
    assert api.get(f"retainer/gettask/assignment/{hit}").status == 200
