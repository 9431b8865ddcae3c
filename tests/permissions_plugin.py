"""Runs tests under the functions' IAM policies, and the policies under the tests.

`--permissions enforce`, the default: a call that a function makes without a permission is refused
as AWS refuses it, and fails the run though code may have got over it. With `exact`, a permission
that no test needed fails a run of everything too: so taking any one away would have failed some
test. `note` refuses nothing and tells at the end what differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from botocore import handlers
from botocore.exceptions import ClientError
from botocore.model import OperationModel

from operate import policies
from operate.grants import GRANTS
from operate.iam import Need
from tests.permissions import needs_on_stack

Seen = set[tuple[str, Need]]


class Permissions:
    """A plugin of the run; with xdist one in each process, the first collecting their findings."""

    def __init__(self, mode: str) -> None:
        self._enforces = mode != "note"
        self._exact = mode == "exact"
        self.seen: Seen = set()
        # Every client that is made from now on asks; botocore has no other place for that.
        handlers.BUILTIN_HANDLERS.append(("provide-client-params.*", self._ask))

    def _ask(self, params: Mapping[str, Any], model: OperationModel, **_: Any) -> None:
        for function, need in needs_on_stack(params, model):
            self.seen.add((function, need))
            if self._enforces and not policies.allows(function, need):
                message = f"{function} may not {need.action} on {need.resource}"
                error = {"Error": {"Code": "AccessDeniedException", "Message": message}}
                raise ClientError(error, model.name)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        written = getattr(node, "workeroutput", {}).get("permissions", ())
        self.seen |= {(function, Need(action, resource)) for function, action, resource in written}

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["permissions"] = [[f, need.action, need.resource] for f, need in self.seen]
            return
        refused = {(f, need) for f, need in self.seen if not policies.allows(f, need)}
        idle = _granted() - self.seen if _is_of_everything(session.config) else set()
        lines = [f"refused: {line}" for line in _lines(refused)]
        lines += [f"needed by no test: {line}" for line in _lines(idle)]
        if lines:
            print("\nPermissions (operate/grants.py):", *lines, sep="\n  ")
        if (refused and self._enforces) or (idle and self._exact):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _granted() -> Seen:
    return {(function, need) for function in GRANTS for need in policies.needs(function)}


def _is_of_everything(config: pytest.Config) -> bool:
    chosen = config.option.keyword or config.option.markexpr or config.option.deselect
    return not chosen and config.args == config.getini("testpaths")


def _lines(found: Seen) -> list[str]:
    return sorted(f"{function} {need.action} {need.resource}" for function, need in found)
