"""The README's program, run as it stands there, and other HITs, done by the simulated crowd."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from chalicelib import bootstrap
from chalicelib.mturk import answers, external_question, html_question
from local.crowd import Crowd, CrowdOptions
from local.stack import Ports, Stack, StackOptions, running_stack
from tests.integration.market import hit_values
from tests.patience import until

ROOT = Path(__file__).resolve().parent.parent.parent
NAMESPACE = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2017-11-06"
FORM = f"""<QuestionForm xmlns="{NAMESPACE}/QuestionForm.xsd"><Question>
<QuestionIdentifier>tea</QuestionIdentifier><IsRequired>true</IsRequired>
<QuestionContent><Text>Tea?</Text></QuestionContent>
<AnswerSpecification><SelectionAnswer><StyleSuggestion>radiobutton</StyleSuggestion><Selections>
<Selection><SelectionIdentifier>yes</SelectionIdentifier><Text>Yes</Text></Selection>
<Selection><SelectionIdentifier>no</SelectionIdentifier><Text>No</Text></Selection>
</Selections></SelectionAnswer></AnswerSpecification></Question></QuestionForm>"""
PAGE = '<form><input type="radio" name="tea" value="yes"><input type="radio" name="tea" value="no">'


@dataclass
class Place:
    stack: Stack
    mturk: Any


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with running_stack(StackOptions(ports=Ports(), speed=30)) as stack:
        crowd = Crowd(stack.api, CrowdOptions(size=4, acknowledge_s=0.1, think_s=0.1, look_s=0.2))
        crowd.start()
        try:
            yield Place(
                stack,
                boto3.client(
                    "mturk",
                    region_name="us-east-1",
                    endpoint_url=stack.mturk,
                    aws_access_key_id=stack.keys.access_key,
                    aws_secret_access_key=stack.keys.secret_key,
                ),
            )
        finally:
            crowd.stop()


@pytest.mark.parametrize(
    ("page", "printed"),
    [
        ("README.md", r"3 of 3 people answered: ((left|right)(, |$)){3}"),
        ("docs/agents.md", r"\[('(yes|no)'(, |\])){3}"),
    ],
)
def test_program__prints_answers_and_leaves_nothing_open(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    page: str, printed: str,
) -> None:  # fmt: skip
    code = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)[0]
    code = code.replace("http://127.0.0.1:8000/api", place.stack.api)
    # Where somebody copied the client to.
    monkeypatch.syspath_prepend(str(ROOT / "examples" / "poll"))

    exec(code.replace("http://127.0.0.1:8002", place.stack.wait), {})

    assert re.fullmatch(printed, capsys.readouterr().out.splitlines()[-1])
    asked = urllib.request.Request(
        f"{place.stack.api}/retainer/reservation/list?v=1", headers={"Accept": "application/json"}
    )
    with urllib.request.urlopen(asked) as answer:
        assert all(reservation["done"] for reservation in json.load(answer))


@pytest.mark.parametrize("kind", ["form", "html", "external"])
def test_crowd__does_hits_of_every_kind(place: Place, kind: str) -> None:
    # Any page will do as a requester's own: this one has nothing to fill in.
    outside = f"{place.stack.desk}/index.html"
    question = {
        "form": FORM,
        "html": html_question.build(PAGE, 300),
        "external": external_question.build(outside, 300),
    }[kind]
    values = hit_values(Title=f"A {kind} of one's own", Question=question, MaxAssignments=1)
    hit_id = place.mturk.create_hit(**values)["HIT"]["HITId"]

    def submitted() -> Any:
        return place.mturk.list_assignments_for_hit(HITId=hit_id)["Assignments"]

    given = answers.parse(until(submitted, "an answer of the crowd")[0]["Answer"])

    assert (
        given
        in {
            "form": [{"tea": ["yes"]}, {"tea": ["no"]}],
            "html": [{"tea": "yes"}, {"tea": "no"}],
            "external": [{"answer": "done"}],
        }[kind]
    )


def test_crowd__agrees_to_what_a_requester_asks_consent_to(place: Place) -> None:
    market = bootstrap.get().marketplace
    account = market.accounts.account_of(place.stack.keys.access_key)
    market.consents.put_in_force(account, "Agree to this.")
    question = html_question.build(PAGE, 300)
    values = hit_values(Title="With consent", Question=question, MaxAssignments=1)
    hit_id = place.mturk.create_hit(**values)["HIT"]["HITId"]

    def submitted() -> Any:
        return place.mturk.list_assignments_for_hit(HITId=hit_id)["Assignments"]

    assert until(submitted, "somebody who agreed")


@pytest.mark.parametrize("name", ["Ada (simulated)", "me (SIMULATED)", "Ada (simu lated)"])
def test_simulated_name__is_nobodys_to_take(place: Place, name: str) -> None:
    body = f'{{"name": "{name}"}}'.encode()
    asked = urllib.request.Request(
        f"{place.stack.api}/market/session", body, {"Content-Type": "application/json"}
    )

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(asked)

    with refused.value as answer:
        assert answer.code == 400
        assert "Take another name" in answer.read().decode()


def test_address_that_is_printed__says_what_it_is_for(place: Place) -> None:
    for address in (place.stack.api, f"{place.stack.mturk}/"):
        with urllib.request.urlopen(address) as answer:
            assert place.stack.api in (said := answer.read().decode()) or place.stack.mturk in said
    place.stack.hint("Work comes when somebody asks:", "ask", "http://poll.example/")

    with urllib.request.urlopen(f"{place.stack.desk}/config.js") as answer:
        assert '"href": "http://poll.example/"' in answer.read().decode()
