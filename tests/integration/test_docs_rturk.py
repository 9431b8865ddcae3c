"""docs/from-rturk.md, run from top to bottom against a marketplace; workers act in between."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from chalicelib.marketplace.domain.errors import NotQualified
from chalicelib.marketplace.domain.people import Profile
from chalicelib.mturk import answers
from chalicelib.mturk.answers import FreeText, Selections
from tests.clock import MovableClock
from tests.integration import doc_page
from tests.integration.market import Market, post, running_market
from tests.integration.market_crowd import accept, sign_in

SELECTED = answers.build_answers(
    {
        "animals": Selections(("cat", "dog")),
        "none": Selections(()),
        "why": FreeText("<b> &amp;"),
    }
)


class Crowd:
    """What the page's comments ask of workers."""

    def __init__(self, market: Market) -> None:
        self._market = market.market
        self._running = market
        self._experienced = sign_in(market)

    def names(self) -> dict[str, Any]:
        return {
            "SELECTED": SELECTED,
            "submits": self.submits,
            "accepts": self.accepts,
            "gives_back": self.gives_back,
            "group_title": self.group_title,
            "refused_for": self.refused_for,
        }

    def submits(self, hit_id: str, **fields: str) -> str:
        """A worker does a HIT; returns who."""
        worker = sign_in(self._running)
        assignment_id = accept(self._running, worker, hit_id)
        self._market.submissions.submit([("assignmentId", assignment_id), *fields.items()])
        return str(worker.worker_id)

    def accepts(self, hit_id: str) -> str:
        """Somebody whom all requirements fit accepts a HIT."""
        worker = self._experienced
        self._market.profiles.describe(worker.worker_id, Profile(country="PH"))
        client = self._running.client()
        own = post(client)
        done = accept(self._running, worker, own)
        self._market.submissions.submit([("assignmentId", done), ("a", "1")])
        client.approve_assignment(AssignmentId=done)
        self._experienced = self._market.sessions.sign_in(worker.name)[1]
        return accept(self._running, self._experienced, hit_id)

    def gives_back(self, assignment_id: str) -> None:
        self._market.work.give_back(self._experienced, assignment_id)

    def group_title(self, group_id: str) -> str:
        return self._market.listing.type_of(group_id).title

    def refused_for(self, hit_id: str) -> set[str]:
        """What a newcomer lacks for a HIT."""
        worker = sign_in(self._running)
        with pytest.raises(NotQualified):
            self._market.work.accept(worker, hit_id)
        shown = self._market.listing.browse(worker, "difficult", "newest", None, False)[0]
        return {str(item.requirement["QualificationTypeId"]) for item in shown[0].unmet}


def test_from_rturk__does_what_it_says(
    dynamo_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_market(dynamo_endpoint, MovableClock()) as market:
        keys = market.credentials()
        monkeypatch.setenv("AWS_ENDPOINT_URL_MTURK", market.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys.access_key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret_key)
        # A session remembers the keys that it found first, perhaps another test's.
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        names = Crowd(market).names()

        parts = doc_page.page("from-rturk.md")
        kept = sum(doc_page.run_python(part, names, "from-rturk.md") for part in parts)

    assert {part.kind for part in parts} == {"python", "run"}
    assert kept == (doc_page.DOCS / "from-rturk.md").read_text().count("  # → ")
