"""Wrong calls of every operation, rightly signed: no fault, and what is refused wrote nothing.

`FUZZ_SEED` repeats a run: what fails says its seed and the call's number.
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.model import ListShape, Shape, StringShape, StructureShape

from chalicelib.marketplace.api import session_operations
from chalicelib.marketplace.store.tables import MODELS
from chalicelib.mturk import model
from tests.integration.fuzzing import SEED, Database, Refusals, length_s, mangled, odd
from tests.integration.market import Market, post, running_market
from tests.integration.market_crowd import accept, sign_in, submit
from tests.integration.signed_calls import Caller
from tests.question_documents import HTML

LEAST = 250
_SERVICE = model.session().get_service_model("mturk")
_GOOD: dict[str, Any] = {
    "Title": "A task", "Description": "d", "Reward": "0.05", "BonusAmount": "0.10",
    "Question": HTML, "AssignmentDurationInSeconds": 600, "LifetimeInSeconds": 3600,
    "MaxAssignments": 2, "MaxResults": 10, "Reason": "r", "Subject": "s", "MessageText": "t",
    "Name": "A type", "IntegerValue": 5, "QualificationTypeStatus": "Active", "Keywords": "k",
    "MustBeRequestable": True, "NumberOfAdditionalAssignments": 1, "RequesterFeedback": "f",
    "Country": "US", "Comparator": "Exists",
}  # fmt: skip


@pytest.fixture(scope="module")
def market(dynamo_endpoint: str) -> Iterator[Market]:
    with running_market(dynamo_endpoint) as market:
        yield market


class Maker:
    """Parameters of operations, mostly right, by the shapes of the service's own model."""

    def __init__(self, rng: random.Random, known: dict[str, list[str]]) -> None:
        self._rng = rng
        self._known = known

    def call(self) -> tuple[str, Any]:
        rng = self._rng
        if rng.randrange(6) == 0:
            name = rng.choice(sorted(session_operations.OPERATIONS))
            return f"{session_operations.PREFIX}.{name}", self._of_sessions(name)
        name = rng.choice(_SERVICE.operation_names)
        shape = _SERVICE.operation_model(name).input_shape
        return f"{model.target_prefix()}.{name}", self._of(name, shape) if shape else {}

    def _of_sessions(self, name: str) -> dict[str, Any]:
        operation = session_operations.OPERATIONS[name]
        good = {"Zone": "UTC", "Minutes": 30, "People": 2, "StartsAt": "2026-12-24T10:00:00"}
        made: dict[str, Any] = {}
        for member in (*operation.needed, *operation.optional):
            if member in operation.needed or self._rng.randrange(3) == 0:
                made[member] = good.get(member, self._plain(member, "x"))
        return self._spoiled(made)

    def _of(self, name: str, shape: Shape | None) -> Any:
        rng = self._rng
        if rng.randrange(25) == 0:
            return odd(rng)
        if isinstance(shape, StructureShape):
            made = {
                member: self._of(member, of)
                for member, of in shape.members.items()
                if member in shape.required_members or rng.randrange(3) == 0
            }
            return self._spoiled(made) if rng.randrange(8) == 0 else made
        if isinstance(shape, ListShape):
            return [self._of(name, shape.member) for _ in range(rng.choice((0, 1, 1, 2)))]
        if isinstance(shape, StringShape) and shape.enum:
            return rng.choice(shape.enum)
        by_type = {"boolean": True, "integer": 1, "long": 1, "timestamp": 1_796_000_000}
        return self._plain(name, by_type.get(shape.type_name if shape else "", "x"))

    def _plain(self, name: str, otherwise: Any) -> Any:
        rng = self._rng
        of = next((ids for end, ids in self._known.items() if name.endswith(end)), None)
        value = rng.choice(of) if of else _GOOD.get(name, otherwise)
        match rng.randrange(12):
            case 0:
                return odd(rng)
            case 1:
                return mangled(rng, value) if isinstance(value, str) else odd(rng)
            case _:
                return value

    def _spoiled(self, made: dict[str, Any]) -> dict[str, Any]:
        rng = self._rng
        made = dict(made)
        if made and rng.randrange(2):
            made.pop(rng.choice(sorted(made)))
        elif made:
            made[rng.choice(sorted(made))] = odd(rng)
        else:
            made["Extra"] = odd(rng)
        return made


def prepared(market: Market) -> tuple[list[Caller], dict[str, list[str]]]:
    """Two requesters, with a HIT, an assignment handed in, a type and a session of the first."""
    credentials = [market.credentials(), market.credentials()]
    client = market.client(credentials[0])
    hits = [post(client, Question=HTML) for _ in range(6)]
    workers = [sign_in(market, f"worker {n}") for n in range(3)]
    assignments = []
    for hit in hits[:4]:
        for worker in workers:
            assignments.append(accept(market, worker, hit))
            if worker is not workers[0]:
                submit(market, assignments[-1])
    types = [
        client.create_qualification_type(
            Name=f"Type {n}", Description="d", QualificationTypeStatus="Active"
        )["QualificationType"]["QualificationTypeId"]
        for n in range(3)
    ]
    shown = client.get_hit(HITId=hits[0])["HIT"]
    known = {
        "HITId": hits, "AssignmentId": assignments, "QualificationTypeId": types,
        "WorkerId": [worker.worker_id for worker in workers], "WorkerIds": [workers[0].worker_id],
        "HITTypeId": [shown["HITTypeId"]], "QualificationRequestId": ["3REQUEST"],
    }  # fmt: skip
    return [Caller(market, one) for one in credentials], known


def test_wrong_calls__are_answered_by_the_protocols_errors__and_write_nothing(
    market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    rng = random.Random(SEED)
    callers, known = prepared(market)
    maker = Maker(rng, known)
    database = Database([(market.dynamo, MODELS)])
    seen: Counter[str] = Counter()
    ends = time.monotonic() + length_s()
    number = 0
    with database.watched():
        refusals = Refusals(database)
        while number < LEAST or time.monotonic() < ends:
            number += 1
            target, given = maker.call()
            body = json.dumps(given).encode("utf-8", "surrogatepass")
            if rng.randrange(20) == 0:
                body = mangled(rng, json.dumps(given)).encode("utf-8", "replace")
            where = f"FUZZ_SEED={SEED}, call {number}: {target} {body[:600]!r}"
            writes = database.writes
            status, told = callers[rng.randrange(4) == 0].call(target, body)
            seen[f"{status} {str(told.get('__type', '')).rpartition('#')[2]}"] += 1
            assert status in {200, 400, 413}, f"{status} {told}\n{where}"
            assert status == 200 or {"__type", "Message"} <= told.keys(), where
            changes = refusals.after(writes, status != 200)
            assert changes == [], "\n".join([f"{status} {told}", where, *changes])
    assert caplog.records == []
    print(f"{number} calls, seed {SEED}: {dict(sorted(seen.items()))}")
    assert seen["200 "] > number / 20
