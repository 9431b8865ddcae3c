"""The functions' roles: what a function calls of AWS, it may call only if its policy says so.

Every call that botocore makes is put before the policies in `.chalice/policies`, those of all
stages, under the function whose handler is running. Outside of all handlers it is a person's own.
A refusal is AWS's, and is kept besides, since code may get over it: nobody is to get over it here.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from botocore import handlers
from botocore.exceptions import ClientError
from botocore.model import OperationModel

from chalicelib.kit import invocation
from local.functions import ACCOUNT_ID, REGION
from local.iam import Grant, Policy, Request
from operate import policies
from operate.grants import GRANTS
from operate.iam import Need, needs_of
from operate.stages import ROOT, Stage

SEEN = "PERMISSIONS_SEEN"
"""A folder where each process writes which grants it needed, and what it was refused."""

_TABLES = sorted(
    {r.split("/")[1] for granted in GRANTS.values() for r in granted if r.startswith("table/")},
    key=len,
    reverse=True,
)
# Requesters' keys sign these calls, not the function's role.
_SIGNED_WITH_OTHER_KEYS = "mturk"
# SNS and SQS have words of their own for it.
_CODES = {"sns": "AuthorizationError", "sqs": "AccessDenied"}

SENDER = "retainer@example.org"
"""Who mails where it is tried whether SES would let a function."""

Used = tuple[str, Grant]


class _Mailing(Stage):
    """A stage as it would be if it sent mail by SES."""

    @property
    def mail_sender(self) -> str | None:
        return SENDER


class Permissions:
    """All policies, and what came before them: `refused`, one sentence each, and `used`."""

    def __init__(self, root: Path = ROOT, folder: Path | None = None) -> None:
        self._stages = [Stage.named(name, root) for name in Stage.all_names(root)]
        self._policies = {
            (stage.name, function): Policy(
                json.loads(policies.file_of(stage, function).read_text())
            )
            for stage in self._stages
            for function in GRANTS
        }
        self._folder = folder
        self._decided: dict[tuple[str, Need], bool] = {}
        self._lock = threading.Lock()
        self._expected: list[str] | None = None
        self.refused: list[str] = []
        self.used: set[Used] = set()

    def ask(self, service: str, operation: str, params: Mapping[str, Any]) -> None:
        """Raise AWS's refusal if the function that is running may not make this call."""
        running = invocation.running.get()
        if running is None or service == _SIGNED_WITH_OTHER_KEYS:
            return
        function = function_of(running)
        if function is None:
            self._refuse(service, operation, f"{running} is no function, so it may not {operation}")
        try:
            needs = needs_of(service, operation, params)
        except ValueError as error:
            self._refuse(service, operation, f"{function}: {error}")
        for need in map(_canonical, needs):
            if not self._decided_on(function, need):
                what = f"{function} may not {need.action} on {need.resource}"
                if need.account:
                    what += f" of account {need.account}"
                self._refuse(service, operation, what)

    def allows(
        self, function: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> bool:
        """Whether a function may make a call, which nobody makes now."""
        needs = map(_canonical, needs_of(service, operation, params))
        return all(self._decided_on(function, need) for need in needs)

    def _decided_on(self, function: str, need: Need) -> bool:
        decided = self._decided.get((function, need))
        if decided is None:
            decided = self._decided[function, need] = self._decide(function, need)
        return decided

    def _decide(self, function: str, need: Need) -> bool:
        """Whether all stages' policies allow it; what does so in the first stage's is needed."""
        found = [self._allowing(stage, function, need) for stage in self._stages]
        if not all(found):
            return False
        new = {(function, grant) for grant in found[0]} - self.used
        self.used |= new
        for _, grant in sorted(new):
            self._write({"used": [function, grant.action, grant.resource, grant.condition]})
        return True

    def _allowing(self, stage: Stage, function: str, need: Need) -> list[Grant]:
        policy = self._policies[stage.name, function]
        if need.action.startswith("ses:"):
            # Granted only where a stage's configuration has mail sent so: then it must be enough.
            policy = Policy(policies.policy(_Mailing(stage.name, stage.root), function))
        return policy.allowing(_request(stage, need))

    def _refuse(self, service: str, operation: str, what: str) -> NoReturn:
        with self._lock:
            met = self.refused if self._expected is None else self._expected
            is_new = met is self.refused and what not in met
            met.append(what)
        if is_new:
            self._write({"refused": what})
            print(f"PERMISSION MISSING (operate/grants.py): {what}", file=sys.stderr, flush=True)
        code = _CODES.get(service, "AccessDeniedException")
        answer: Any = {"Error": {"Code": code, "Message": f"{what}: no policy allows it"}}
        answer["ResponseMetadata"] = {"HTTPStatusCode": 400}
        raise ClientError(answer, operation)

    def _write(self, line: Mapping[str, Any]) -> None:
        if self._folder is not None:
            with (self._folder / f"{os.getpid()}.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")

    def own_grants(self) -> set[Used]:
        """What the first stage's policies allow the functions' own code."""
        first = self._stages[0]
        return {
            (function, grant)
            for function in GRANTS
            for grant in self._policies[first.name, function].grants()
            if (grant.action, grant.resource) not in policies.of_the_service(first, function)
        }

    @contextlib.contextmanager
    def expecting_refusals(self) -> Iterator[list[str]]:
        """Give what is refused in the block to it, and forget it: for tests of refusals."""
        met: list[str] = []
        self._expected = met
        try:
            yield met
        finally:
            self._expected = None


def function_of(running: str) -> str | None:
    """The function, as grants name it, of a full name in any stage; None: of none of ours."""
    if running in GRANTS:
        return running
    found = next((name for name in GRANTS if running.endswith(f"-{name}")), None)
    return found or ("api_handler" if running.startswith("retainer") else None)


def _canonical(need: Need) -> Need:
    """The need without the names of this machine or test; what is not known stays as it is."""
    kind, _, name = need.resource.partition("/")
    account = "" if need.account == ACCOUNT_ID else need.account
    if kind == "table":
        table, *index = name.split("/")
        name = "/".join([_base(table), *index])
    elif kind == "function":
        name = function_of(name) or name
    elif kind == "parameter":
        name = name.rpartition("/")[2]
    elif kind == "queue" and not account and name.endswith("events"):
        name = "events"
    return Need(need.action, f"{kind}/{name}", account)


@cache
def _base(table: str) -> str:
    return next((base for base in _TABLES if table.endswith(f"-{base}")), table)


def _request(stage: Stage, need: Need) -> Request:
    account = need.account or ACCOUNT_ID
    keys = {"aws:ResourceAccount": account, "aws:PrincipalAccount": ACCOUNT_ID}
    pattern = policies.arn(stage, need.resource)
    partition, aws, service, _, _, rest = pattern.split(":", 5)
    return Request(need.action, ":".join([partition, aws, service, REGION, account, rest]), keys)


_lock = threading.Lock()
_current: Permissions | None = None


def enforce() -> Permissions:
    """Put every call of this process under the policies, from now on; once and for all.

    Clients that are there already are not asked: botocore tells only those that it makes.
    """
    global _current
    with _lock:
        if _current is None:
            folder = os.environ.get(SEEN)
            _current = Permissions(folder=Path(folder) if folder else None)
            handlers.BUILTIN_HANDLERS.append(("provide-client-params.*", _ask_of_client))
            _have_threads_inherit()
    return _current


def ask(service: str, operation: str, params: Mapping[str, Any]) -> None:
    """Put one call before the policies: how a stand-in says what the real part would have called.

    Raises what AWS would answer. Nothing happens where nothing is enforced.
    """
    if _current is not None:
        _current.ask(service, operation, params)


def _ask_of_client(params: Mapping[str, Any], model: OperationModel, **_: Any) -> None:
    ask(model.service_model.service_name, model.name, params)


def _have_threads_inherit() -> None:
    """Have what a function does in threads of its own count as its doing."""
    start, submit = threading.Thread.start, ThreadPoolExecutor.submit

    def start_inheriting(self: threading.Thread) -> None:
        if invocation.running.get() is not None:
            context, run = copy_context(), self.run
            vars(self)["run"] = lambda: context.run(run)
        start(self)

    def submit_inheriting(pool: Any, call: Any, /, *args: Any, **named: Any) -> Any:
        if invocation.running.get() is not None:
            return submit(pool, copy_context().run, call, *args, **named)
        return submit(pool, call, *args, **named)

    for kind, name, method in (
        (threading.Thread, "start", start_inheriting),
        (ThreadPoolExecutor, "submit", submit_inheriting),
    ):
        setattr(kind, name, method)
