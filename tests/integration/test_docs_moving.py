"""docs/moving-from-mturk.md, pasted from top to bottom into a terminal beside a marketplace.

Programs that call the service in other projects' ways (`tests/programs`) are moved as it says.
"""

from __future__ import annotations

import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import boto3
import botocore
import pytest

from chalicelib import bootstrap
from chalicelib.marketplace.domain.people import Profile
from chalicelib.mturk import answers
from local.stack import Stack, StackOptions, running_stack
from tests.integration import doc_page
from tests.integration.destinations import Destinations, running_destinations
from tests.integration.doc_page import DOCS, Part
from tests.integration.market import hit_values
from tests.integration.terminal import ROOT, Terminal
from tests.patience import until

PAGE = "moving-from-mturk.md"
PROGRAMS = ROOT / "tests" / "programs"
# What the page has exported, when it comes to the programs.
_SET_BEFORE = (
    "AWS_ENDPOINT_URL_MTURK",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_DEFAULT_REGION",
    "PYTHONPATH",
)
WITHOUT_MODEL = """
import boto3, json
mturk = boto3.client("mturk")
pages = mturk.get_paginator("list_hits").paginate()
hits = sum(len(page["HITs"]) for page in pages)
print(json.dumps({"operations": len(mturk.meta.service_model.operation_names), "hits": hits}))
"""


class Forms(HTMLParser):
    """A page's forms: where each goes, and its fields."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((given["action"], {}))
        elif tag == "input":
            self.found[-1][1][given["name"]] = given["value"]


class Moved:
    """What the page's comments ask for: workers, and the programs that were moved."""

    def __init__(self, stack: Stack, terminal: Terminal, destinations: Destinations) -> None:
        self._stack = stack
        self._terminal = terminal
        self._destinations = destinations
        self._market: Any = bootstrap.get().marketplace
        keys = self._market.accounts.create("another lab")
        self._client: Any = boto3.client(
            "mturk",
            region_name="us-east-1",
            endpoint_url=stack.mturk,
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key,
        )
        self._workers = 0

    def names(self) -> dict[str, Any]:
        """The functions that comments may call."""
        public = [n for n in dir(self) if not n.startswith("_") and n != "names"]
        return {name: getattr(self, name) for name in public}

    def answers_of_a_worker(self, file: str, **fields: str) -> None:
        hit_id = self._client.create_hit(**hit_values(Title="Two questions"))["HIT"]["HITId"]
        assignment_id, _ = self._accept(hit_id)
        self._submit(assignment_id, fields)
        found = self._client.get_assignment(AssignmentId=assignment_id)["Assignment"]
        (self._terminal.folder / file).write_text(found["Answer"])

    def hands_in(self, file: str) -> None:
        """Workers press the buttons of a page whose hosts were replaced."""
        for number in range(2):
            hit_id = self._client.create_hit(**hit_values(Title=f"Page {number}"))["HIT"]["HITId"]
            assignment_id, worker_id = self._accept(hit_id)
            page = (self._terminal.folder / file).read_text()
            ids = {"assignmentid": assignment_id, "hitid": hit_id, "workerid": worker_id}
            for name, value in ids.items():
                page = page.replace(f"{{{{ {name} }}}}", value)
            action, fields = Forms(page).found[number]
            assert _post(action, fields) == 200
            found = self._client.get_assignment(AssignmentId=assignment_id)["Assignment"]
            assert found["AssignmentStatus"] == "Submitted"

    def mephisto(self) -> None:
        # By the profile alone; and the sandbox's host, by the file in the program's path.
        alone = dict.fromkeys(_SET_BEFORE)
        program = str(PROGRAMS / "mephisto_like.py")
        for sandbox, env in (([], alone), (["--sandbox"], {})):
            made = self._terminal.program(program, "post", *sandbox, **env)
            assert (made["same"], made["sandbox"]) == (True, False)
            assert made["balance"] > 9000
            self._leads(made["link"].replace("https://worker.mturk.com", self._stack.api))
            assignment_id, _ = self._accept(made["hit"])
            self._submit(assignment_id, {"said": "hello"})
            done = self._terminal.program(program, "review", made["hit"], *sandbox, **env)
            assert done["failed"] == []
            assert (
                "AssignmentDoesNotExist" in done["unknown"] or "does not exist" in done["unknown"]
            )

    def psiturk(self) -> None:
        program = str(PROGRAMS / "psiturk_like.py")
        made = self._terminal.program(program, "post")
        [hit] = [hit for hit in made["hits"] if hit["id"] == made["hit"]]
        assert (hit["status"], hit["to_review"], hit["review"]) == ("Assignable", 0, "NotReviewed")
        assignment_id, worker_id = self._accept(made["hit"])
        self._submit(assignment_id, {"hitId": made["hit"], "workerId": worker_id})
        done = self._terminal.program(program, "review", made["hit"], "--sandbox")
        assert [h["to_review"] for h in done["before"] if h["id"] == made["hit"]] == [1]
        assert done["paid"] == [worker_id]
        assert done["again"].startswith("This operation can be called with a status of: Submitted")

    def _told(self, queue: str, least: int) -> list[str]:
        """The events that reached the queue, at least so many; one run may find another at work."""
        kinds: list[str] = []

        def are_there() -> bool:
            self._stack.run_function("market_tick")
            told = self._destinations.received(queue)
            kinds.extend(event["EventType"] for message in told for event in message["Events"])
            return len(kinds) >= least

        until(are_there, f"{least} events")
        return kinds

    def dallinger(self) -> None:
        program = str(PROGRAMS / "dallinger_like.py")
        queue = self._destinations.queue("dallinger")
        made = self._terminal.program(program, "post", queue, "--sandbox")
        assert made["ok"] == [True, True]
        assert made["hit"] in made["again"]
        assert re.search(
            rf'The idempotency token "{made["hit"]}\w{{3}} .* has already been processed',
            made["twice"],
        )
        link = made["link"].replace("https://workersandbox.mturk.com", self._stack.api)
        self._leads(link)
        assignments = [self._accept(made["hit"]) for _ in range(1)]
        self._submit(assignments[0][0], {"feedback": "good"})
        assert self._told(queue, 2)[:2] == ["AssignmentAccepted", "AssignmentSubmitted"]
        done = self._terminal.program(program, "review", made["hit"], made["type"])
        assert (done["status"], done["ok"], done["score"]) == ("Approved", [True, True], 1)
        assert "does not exist" in done["lacking"]
        assert "operation can be called with a status of: Granted" in done["revoked"]
        assert "currently in the state 'Disposed'" in done["gone"]

    def otree(self) -> None:
        made = self._terminal.program("mturk_client.py", "post", PYTHONPATH=None)
        self._leads(made["link"].replace("https://worker.mturk.com", self._stack.api))
        for _ in range(2):
            assignment_id, _ = self._accept(made["hit"])
            self._submit(assignment_id, {"taskAnswers": "[]"})
        done = self._terminal.program("mturk_client.py", "review", made["hit"], PYTHONPATH=None)
        assert done["said"] == [{}, {}, {}, {}]
        assert done["refused"]["TurkErrorCode"] == "AWS.MechanicalTurk.HITDoesNotExist"

    def amti(self) -> None:
        made = self._terminal.program("settings.py", "post", PYTHONPATH=None)
        self._leads(made["link"])
        assert self._terminal.program("settings.py", "review", made["hit"], PYTHONPATH=None) == {
            "incomplete": "Assignable"
        }
        assignment_id, _ = self._accept(made["hit"])
        self._submit(assignment_id, {"q": "a label"})
        done = self._terminal.program("settings.py", "review", made["hit"], PYTHONPATH=None)
        assert [answers.parse(one) for one in done["answers"]] == [{"q": "a label"}]

    def without_model(self) -> None:
        """A botocore as it will be one day: this one, its service folder taken away."""
        ours = Path(botocore.__file__).parent
        theirs = self._terminal.folder / "later" / "botocore"
        (theirs / "data").mkdir(parents=True)
        for path in [*ours.iterdir(), *(ours / "data").iterdir()]:
            if path.name not in {"data", "mturk"}:
                (theirs / path.relative_to(ours)).symlink_to(path)
        later = {"PYTHONPATH": str(theirs.parent)}
        with pytest.raises(AssertionError, match="UnknownServiceError"):
            self._terminal.program("-c", WITHOUT_MODEL, **later, AWS_DATA_PATH=None)
        found = self._terminal.program("-c", WITHOUT_MODEL, **later)
        assert found["operations"] == 39
        assert found["hits"] > 0

    def _accept(self, hit_id: str) -> tuple[str, str]:
        """Somebody new accepts a HIT; returns the assignment and who."""
        self._workers += 1
        _, worker = self._market.sessions.sign_in(f"worker {self._workers}")
        self._market.profiles.describe(worker.worker_id, Profile(country="US"))
        job = self._market.work.accept(worker, hit_id)
        return job.assignment.assignment_id, worker.worker_id

    def _submit(self, assignment_id: str, fields: dict[str, str]) -> None:
        address = f"{self._stack.api}/mturk/externalSubmit"
        assert _post(address, {"assignmentId": assignment_id, **fields}) == 200

    def _leads(self, link: str) -> None:
        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *args: object, **more: object) -> None:
                return None

        with pytest.raises(urllib.error.HTTPError) as moved:
            urllib.request.build_opener(Stay).open(link)
        with moved.value as answer:
            assert answer.code == 302
            assert answer.headers["location"].startswith(f"{self._stack.desk}/work/#/hits/3")


def _post(address: str, fields: dict[str, str]) -> int:
    with urllib.request.urlopen(address, urlencode(fields).encode()) as answer:
        return int(answer.status)


@pytest.fixture
def destinations() -> Iterator[Destinations]:
    with running_destinations() as running:
        yield running


@pytest.fixture
def stack(destinations: Destinations) -> Iterator[Stack]:
    with running_stack(StackOptions(marketplace_only=True, speed=0)) as running:
        yield running


def _here(text: str, stack: Stack) -> str:
    """The page with the addresses and keys of this stack."""
    at = {8000: stack.api.removesuffix("/api"), 8001: stack.mturk, 8003: stack.desk}
    for port, origin in at.items():
        netloc = origin.removeprefix("http://")
        text = text.replace(f"127.0.0.1:{port}", netloc)
        text = text.replace(f"127.0.0.1%3A{port}", netloc.replace(":", "%3A"))
    return text.replace("RKEXAMPLE", stack.keys.access_key).replace(
        "SECRETEXAMPLE", stack.keys.secret_key
    )


def test_moving__does_what_it_says(
    stack: Stack, destinations: Destinations, tmp_path: Path
) -> None:
    terminal = Terminal.new(tmp_path)
    shutil.copytree(PROGRAMS / "templates", terminal.folder / "templates")
    shutil.copy(PROGRAMS / "otree_like.py", terminal.folder / "mturk_client.py")
    shutil.copy(PROGRAMS / "amti_like.py", terminal.folder / "settings.py")
    names = Moved(stack, terminal, destinations).names()
    called = {part.text for part in _walk(stack, terminal, names)}

    programs = {path.stem.removesuffix("_like") for path in PROGRAMS.glob("*_like.py")}
    assert programs <= {name.partition("(")[0] for name in called}


def _walk(stack: Stack, terminal: Terminal, names: dict[str, Any]) -> Iterator[Part]:
    """Go through the page; yields its comments."""
    file = ""
    for part in doc_page.parts(_here((DOCS / PAGE).read_text(), stack)):
        if part.kind == "file":
            file = part.text
        elif part.kind == "said":
            assert doc_page.fits(" ".join(terminal.said.split()), " ".join(part.text.split()))
        elif part.kind == "run":
            doc_page.run_python(part, names, PAGE)
            yield part
        elif file:
            path = terminal.folder / file
            path.parent.mkdir(exist_ok=True)
            path.write_text(part.text)
            file = ""
        else:
            terminal.paste(part, PAGE)
