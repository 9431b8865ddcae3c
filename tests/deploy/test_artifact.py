"""The package, unpacked, serves the main job: not the sources, not this machine's packages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from examples.poll.retainer_client import Retainer
from local.crowd import Crowd, CrowdOptions
from local.processes import Package
from local.stack import Stack, StackOptions, running_stack
from tests.patience import until
from tests.size import FULL

# That without MTurk's data is the newest otherwise. The least is what both lack.
SDKS = ["floor_sdk", "sdk_without_mturk", "newest_sdk"] if FULL else ["floor_without_mturk"]


@pytest.mark.parametrize("sdk", SDKS)
def test_artifact__serves_the_main_job(
    sdk: str, artifact: Path, request: pytest.FixtureRequest
) -> None:
    package = Package(artifact, request.getfixturevalue(sdk))
    with running_stack(StackOptions(speed=0, package=package)) as stack:
        retainer = Retainer(stack.api)
        retainer.puttask(
            hit_type_id="Poll",
            title="Which one?",
            description="Wait, then choose.",
            url=f"{stack.wait}/examples/poll/worker/index.html",
            reward=0.05,
            verifiedOnly=True,
        )
        reservation = retainer.make("Poll", people=2, payload="left or right?")
        until(lambda: is_posted(stack), "a HIT")
        crowd = Crowd(stack.api, CrowdOptions(size=4, acknowledge_s=0.1, think_s=0.1))
        crowd.start()
        try:
            until(lambda: pool(stack)["waiting"] >= 2, "two waiters")
            retainer.invoke(reservation)
            answers = until(lambda: answered(retainer, reservation), "the answers")
        finally:
            crowd.stop()
        stack.run_function("review")
        paid = {slot["paid"] for slot in retainer.results(reservation)["slots"]}

    assert len(answers) == 2
    assert paid == {"0.05"}


def is_posted(stack: Stack) -> bool:
    """Size the pool, by a process of its own which posts HITs over the protocol; a run that asks
    a market which is only starting leaves that to the next one."""
    stack.run_function("size_pools")
    return bool(pool(stack)["hitsOut"])


def answered(retainer: Retainer, reservation: str) -> list[Any]:
    slots = retainer.results(reservation)["slots"]
    found = [slot["answers"] for slot in slots if slot["submitted"]]
    return found if len(found) == 2 else []


def pool(stack: Any) -> dict[str, Any]:
    with urlopen(f"{stack.api}/retainer/pool?hitType=Poll") as reply:
        return dict(json.load(reply))
