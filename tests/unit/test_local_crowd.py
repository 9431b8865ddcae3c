"""The simulated page keeps the page's protocol; driven step by step on a fake clock."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.mturk import form_submission, form_view
from chalicelib.mturk.answer_specification import (
    AnswerFormat,
    FreeTextAnswer,
    LengthRange,
    NumericRange,
    Selection,
    SelectionAnswer,
)
from chalicelib.mturk.question_content import Text
from chalicelib.mturk.question_form import Question, QuestionForm
from local import simulated_answers as answers
from local.crowd import worker_name
from local.http_client import Answer, HttpClient, Unreachable
from local.visitors import VisitorsSeat
from local.waiting_page import Cadence, Frame, Habits, WaitingPage

FRAME_URL = (
    "http://w.example/page.html?x=1&assignmentId=A1&hitId=H1&workerId=W1"
    "&turkSubmitTo=http%3A%2F%2Fapi.example%2Fapi&arrival=mac"
)
WAIT = {"start": False, "known": True, "seat": "S1", "poll": {"every": 1000}}
TASK = {"start": True, "taskID": "q1", "payload": '{"question":"?","options":["a"]}', "seat": "S1"}


class FakeHttp(HttpClient):
    """Gives prepared answers in their order; the last one for ever."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[str, dict[str, str]]] = []

    def _next(self, url: str, form: Mapping[str, str] | None) -> Answer:
        self.sent.append((url.partition("/api/")[2], dict(form or {})))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        return Answer(status, {}, json.dumps(body).encode())

    def get(
        self, url: str, query: Mapping[str, str] | None = None, headers: Mapping[str, str] = {}
    ) -> Answer:
        return self._next(url, query)

    def post_form(
        self, url: str, form: Mapping[str, str], headers: Mapping[str, str] = {}
    ) -> Answer:
        return self._next(url, form)


def turn(http: FakeHttp, most: int = 50) -> tuple[list[float], list[str]]:
    """Run a page to its end; the pauses it made, the events it told."""
    events: list[str] = []
    clock = FakeClock()
    page = WaitingPage(
        "http://api.example/api",
        Frame.from_url(FRAME_URL),
        Habits(lambda: 1.5, lambda: 3.0, lambda task, payload: {"answer": str(task)}),
        http=http,
        rng=random.Random(1),
        clock=clock,
        on_event=events.append,
    )
    pauses = []
    for pause in page.run():
        pauses.append(pause)
        clock.advance(pause)
        if len(pauses) >= most:
            break
    return pauses, events


PING = "retainer/ping/worker/W1/assignment/A1/hit/H1/event/"


def test_page__pings_polls_acknowledges_and_submits() -> None:
    http = FakeHttp(WAIT, WAIT, TASK, {})

    pauses, events = turn(http)

    assert http.sent == [
        (PING + "waiting", {"acks": "1", "v": "1", "arrival": "mac"}),
        ("retainer/gettask/assignment/A1", {"seat": "S1"}),
        ("retainer/gettask/assignment/A1", {"seat": "S1"}),
        (PING + "working", {"acks": "1", "seat": "S1"}),
        (PING + "working", {"acks": "1", "ack": "1", "seat": "S1"}),
        (PING + "working", {"submitting": "1", "seat": "S1"}),
        ("mturk/externalSubmit", {"assignmentId": "A1", "answer": "q1"}),
    ]
    assert pauses[1] == pytest.approx(1.0, abs=0.25)
    assert pauses[2:] == [1.5, 3.0]
    assert events == ["waiting", "shown", "acknowledged", "submitted"]


def test_wait_over__is_submitted_with_nothing_but_that() -> None:
    http = FakeHttp(WAIT, WAIT | {"waitOver": True}, {})

    _, events = turn(http)

    assert http.sent[-2:] == [
        (PING + "waiting", {"submitting": "1", "seat": "S1"}),
        ("mturk/externalSubmit", {"assignmentId": "A1", "retainer": "waited"}),
    ]
    assert events[-1] == "submitted"


def test_released__goes_back_to_waiting() -> None:
    refused = (409, {"error": {"code": "released", "message": ""}})
    http = FakeHttp(WAIT, TASK, refused, WAIT, TASK, {})

    _, events = turn(http)

    assert events == [
        "waiting",
        "shown",
        "released",
        "waiting",
        "shown",
        "acknowledged",
        "submitted",
    ]


def test_unreachable__backs_off_and_never_gives_up() -> None:
    http = FakeHttp(WAIT, *[Unreachable("down")] * 20, (503, {}), TASK, {})

    pauses, events = turn(http)

    assert max(pauses) <= 15 * 1.5
    assert events[-1] == "submitted"


def test_unknown_hit__is_asked_again() -> None:
    unknown = (404, {"error": {"code": "unknown_hit", "message": ""}})

    _, events = turn(FakeHttp(unknown, unknown, WAIT, TASK, {}))

    assert events[0] == "waiting"
    assert events[-1] == "submitted"


def test_refused_arrival__closes_the_page() -> None:
    _, events = turn(FakeHttp((403, {"error": {"code": "not_verified", "message": ""}})))

    assert events == ["not_verified"]


def test_unknown_seat__pings_again() -> None:
    http = FakeHttp(WAIT, WAIT | {"known": False}, WAIT, TASK, {})

    turn(http)

    assert [url for url, _ in http.sent].count(PING + "waiting") == 2


def test_cadence__keeps_its_schedule__and_obeys_next() -> None:
    clock = FakeClock()
    cadence = Cadence(random.Random(2), clock)

    first = cadence.wait_s({"every": 1000})
    clock.advance(first)
    clock.advance(0.2)  # the answer took a while
    second = cadence.wait_s({"every": 1050})
    clock.advance(second)
    told = cadence.wait_s({"every": 1050, "next": 80})
    clock.advance(told)
    kept = cadence.wait_s({"every": 2000})
    clock.advance(kept)
    slower = cadence.wait_s({"every": 4000})

    assert 0 <= first < 1
    assert 0.75 * 1.05 - 0.2 <= second <= 1.25 * 1.05 - 0.2
    assert told == pytest.approx(0.08)
    assert 1.5 <= kept <= 2.5
    assert 0 <= slower < 4


def test_answer__is_one_of_the_options_as_the_polls_page_names_them() -> None:
    pictures = [{"text": "x", "image": "https://a.example/1.png"}, {"image": "data:image/png;,"}]
    rng = random.Random(1)

    for options, named in ((["x", "y"], {"x", "y"}), (pictures, {"x", "Option 2"})):
        payload = json.dumps({"question": "?", "options": options})
        assert {answers.to_payload(payload, rng, 1)["answer"] for _ in range(40)} == named
    for nothing in (None, "plain text", "[]", '{"options": []}', '{"options": 3}'):
        assert answers.to_payload(nothing, rng, 1) == {"answer": "done"}


def test_page__is_filled_in_by_its_fields() -> None:
    page = """<form><input type=hidden name=assignmentId><input type=hidden name=kept value=1>
        <input type=radio name=r value=a><input type=radio name=r value=b>
        <textarea name=t></textarea>
        <select name=s><option value="">Choose</option><option value=x>X</option></select>
        <input type=number name=n min=3 max=3><button name=said value=left>Left</button></form>"""

    filled = answers.to_page(page, random.Random(1))

    assert [name for name, _ in filled] == ["kept", "r", "t", "s", "n", "said"]
    given = dict(filled)
    assert given["r"] in {"a", "b"}
    assert (given["t"], given["s"], given["n"]) == (answers.TEXT, "x", "3")
    assert answers.to_page("<p>Nothing here</p>", random.Random(1)) == [("answer", "done")]


def test_form__is_filled_in_so_that_it_is_taken() -> None:
    choices = tuple(Selection(name, Text(name)) for name in "abc")
    patterned = (AnswerFormat(r"^[0-9]{5}$", "Five digits.", False),)
    asked = (
        FreeTextAnswer(NumericRange(3, 5), LengthRange(), (), "", 1),
        FreeTextAnswer(None, LengthRange(30, 40), (), "", 1),
        FreeTextAnswer(None, LengthRange(), patterned, "", 1),
        SelectionAnswer(choices, 2, 3, None, None),
    )
    form = QuestionForm(
        tuple(Question(f"q{n}", (Text("?"),), one, None, True) for n, one in enumerate(asked))
    )

    for seed in range(10):
        form_submission.check(form, answers.to_form(form_view.describe(form), random.Random(seed)))


def test_visitors_seat__is_left_and_asked_for_when_it_is_missing_for_long() -> None:
    clock = FakeClock()
    seat = VisitorsSeat("Poll", clock)
    one_left, two_left = {"title": "Poll", "available": 1}, {"title": "Poll", "available": 2}
    other, job = {"title": "Photos", "available": 1}, {"title": "Poll"}

    assert [seat.spares(group) for group in (one_left, two_left, other)] == [False, True, True]
    seat.look_at([one_left])
    clock.advance(9)
    seat.look_at([other])
    assert not seat.is_asked_for(job)
    clock.advance(2)
    seat.look_at([other])
    assert not seat.is_asked_for({"title": "Photos"})
    assert [seat.is_asked_for(job), seat.is_asked_for(job)] == [True, False]
    # Not a second one before the service has had time to post the seat.
    clock.advance(60)
    seat.look_at([other])
    assert not seat.is_asked_for(job)
    clock.advance(20)
    seat.look_at([other])
    assert seat.is_asked_for(job)


def test_names__do_not_run_out() -> None:
    names = {worker_name(n) for n in range(1000)}

    assert len(names) == 1000
    assert all(name.endswith(" (simulated)") for name in names)
