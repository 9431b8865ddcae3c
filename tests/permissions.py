"""Which permission of which function each call to AWS needs, seen while tests run.

A call belongs to the function whose entry point it was made under: the handlers of scheduled runs,
of the protocol and of the queue, and the routes. What a test calls by itself belongs to none.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from botocore.model import OperationModel

from chalicelib.marketplace.store.tables import MODELS as MARKETPLACE_MODELS
from chalicelib.retainer.store.tables import MODELS as RETAINER_MODELS
from operate.iam import Need, needs_of

_ROOT = Path(__file__).resolve().parent.parent / "chalicelib"

_PROTOCOL = "mturk"
# The outermost of these on the stack says whose call it is.
_ENTRIES = {
    ("retainer/services/sizing.py", "Sizing.run"): "size_pools",
    ("retainer/services/review.py", "Review.run"): "review",
    ("retainer/services/review.py", "Review.run_hint"): "review",
    ("retainer/services/review.py", "Review.pay"): "review",
    ("retainer/services/errands.py", "Errands.run"): "review",
    ("retainer/services/parts.py", "Parts.run"): "review",
    ("retainer/services/erasure.py", "Erasure.run"): "review",
    ("retainer/services/retention.py", "Retention.run"): "review",
    ("retainer/api/routing.py", "_with_key"): "api_handler",
    ("retainer/services/events.py", "Events.take"): "market_events",
    ("marketplace/services/tick.py", "Tick.run"): "market_tick",
    ("marketplace/services/tick.py", "Tick.send"): "market_tick",
    ("marketplace/services/calling_run.py", "CallingRun.run"): "market_calls",
    ("marketplace/api/protocol.py", "handle"): _PROTOCOL,
}
_ROUTES = "_routes.py"
_BASES = sorted(
    (model.Meta.table_name for model in [*RETAINER_MODELS, *MARKETPLACE_MODELS]),
    key=len,
    reverse=True,
)
_bases: dict[str, str] = {}


def needs_on_stack(params: Mapping[str, Any], model: OperationModel) -> Iterator[tuple[str, Need]]:
    """What the call that is being made needs, and of which function; nothing if it is a test's."""
    function = function_of(sys._getframe(1))
    if function is not None:
        for need in needs_of(model.service_model.service_name, model.name, params):
            yield function, _as_granted(need)


def function_of(frame: FrameType | None) -> str | None:
    """The function that a call on this stack belongs to; None: a test's own, or a command's."""
    found = None
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith(str(_ROOT)):
            file = code.co_filename[len(str(_ROOT)) + 1 :]
            entry = _ENTRIES.get((file, code.co_qualname))
            if entry == _PROTOCOL:
                # Whoever sent the request, the marketplace answers it in a function of its own.
                return entry
            if entry is not None:
                found = entry
            elif file.endswith(_ROUTES) and "/api/" in file:
                found = "api_handler"
        frame = frame.f_back
    return found


def _as_granted(need: Need) -> Need:
    """The need in the words of the grants: without the stage, `*` for what requesters name."""
    kind, _, name = need.resource.partition("/")
    if kind == "table":
        name = "/".join(_base(part) for part in name.split("/"))
    elif kind == "function":
        name = name.rpartition("-")[2]
    elif kind == "parameter":
        name = name.rpartition("/")[2]
    elif need.action == "sqs:GetQueueUrl":
        name = "events"
    else:
        name = "*"
    return Need(need.action, f"{kind}/{name}")


def _base(name: str) -> str:
    if name not in _bases:
        _bases[name] = next((b for b in _BASES if name.endswith(f"-{b}")), name)
    return _bases[name]
