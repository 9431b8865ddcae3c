"""Which permission of which function each call to AWS needs, seen while tests run.

A call belongs to the function whose entry point it was made under: the handlers of scheduled runs,
of the protocol and of the queue, and the routes. What a test calls by itself belongs to none.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from botocore.model import OperationModel

from chalicelib.marketplace.store.tables import MODELS as MARKETPLACE_MODELS
from chalicelib.retainer.store.tables import MODELS as RETAINER_MODELS
from operate.iam import Need, needs_of

_ROOT = Path(__file__).resolve().parent.parent / "chalicelib"

# The outermost of these on the stack says whose call it is.
_ENTRIES = {
    ("retainer/services/sizing.py", "Sizing.run"): "size_pools",
    ("retainer/services/review.py", "Review.run"): "review",
    ("retainer/services/review.py", "Review.run_hint"): "review",
    ("retainer/services/review.py", "Review.pay"): "review",
    ("retainer/services/errands.py", "Errands.run"): "review",
    ("retainer/services/events.py", "Events.take"): "market_events",
    ("marketplace/services/tick.py", "Tick.run"): "market_tick",
    ("marketplace/services/tick.py", "Tick.send"): "market_tick",
    ("marketplace/services/calling_run.py", "CallingRun.run"): "market_calls",
    ("marketplace/api/protocol.py", "handle"): "mturk",
}
_ROUTES = "_routes.py"
_BASES = sorted(
    (model.Meta.table_name for model in [*RETAINER_MODELS, *MARKETPLACE_MODELS]),
    key=len,
    reverse=True,
)
_bases: dict[str, str] = {}


class Recorder:
    """Collects (function, permission needed); switched on for a whole run of tests."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, Need]] = set()

    def note(self, params: Mapping[str, Any], model: OperationModel, **_: Any) -> None:
        """Take a call; a handler of botocore's `provide-client-params`."""
        function = function_of(sys._getframe(1))
        if function is not None:
            service = model.service_model.service_name
            needs = needs_of(service, model.name, params)
            self.seen |= {(function, _without_prefix(need)) for need in needs}


def function_of(frame: FrameType | None) -> str | None:
    """The function that a call on this stack belongs to; None: a test's own, or a command's."""
    found = None
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith(str(_ROOT)):
            file = code.co_filename[len(str(_ROOT)) + 1 :]
            entry = _ENTRIES.get((file, code.co_qualname))
            if entry is not None:
                found = entry
            elif file.endswith(_ROUTES) and "/api/" in file:
                found = "api_handler"
        frame = frame.f_back
    return found


def _without_prefix(need: Need) -> Need:
    return Need(need.action, "/".join(_base(part) for part in need.resource.split("/")))


def _base(name: str) -> str:
    if name not in _bases:
        _bases[name] = next((b for b in _BASES if name.endswith(f"-{b}")), name)
    return _bases[name]


def as_lines(seen: Iterable[tuple[str, Need]]) -> list[str]:
    return sorted(f"{function} {need.action} {need.resource}" for function, need in seen)
