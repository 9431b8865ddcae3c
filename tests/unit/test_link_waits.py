"""What AWS has begun a moment ago and refuses to change is waited for, and not for ever."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock
from operate.link import wait_until_settled
from operate.target import Refused


class Functions:
    """Lambda's answers on an event source mapping that Chalice has just made."""

    def __init__(self, *states: str) -> None:
        self.states = list(states)

    def get_event_source_mapping(self, UUID: str) -> dict[str, Any]:
        return {"State": self.states.pop(0) if len(self.states) > 1 else self.states[0]}


def test_mapping__is_changed_only_when_it_is_made() -> None:
    functions, clock = Functions("Creating", "Enabling", "Enabled"), FakeClock()
    begun = clock.now_ms()

    wait_until_settled(functions, "m1", clock)

    assert functions.states == ["Enabled"]
    assert clock.now_ms() - begun == 4_000


def test_mapping_that_is_never_made__is_told_of_after_a_minute() -> None:
    clock = FakeClock()
    begun = clock.now_ms()

    with pytest.raises(Refused, match="m1 is not ready after 60 s: run this again"):
        wait_until_settled(Functions("Creating"), "m1", clock)
    assert clock.now_ms() - begun == 60_000
