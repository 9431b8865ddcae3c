"""What a piece of work asks of DynamoDB and of the processor, call by call."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from chalicelib.kit.dynamo.client import CONDITION_FAILED
from chalicelib.kit.dynamo.connection import Dynamo

READS = {"GetItem", "Query", "BatchGetItem", "Scan"}


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `units` is what AWS bills, `refused` whether its condition did not hold.

    `on_table` leaves out what the call cost in indexes.
    """

    operation: str
    units: float
    on_table: float
    refused: bool

    @property
    def is_read(self) -> bool:
        return self.operation in READS


@dataclass(frozen=True, slots=True)
class Cost:
    calls: tuple[Call, ...]
    cpu_ms: float

    @property
    def reads(self) -> int:
        return sum(c.is_read for c in self.calls)

    @property
    def writes(self) -> int:
        return sum(not c.is_read for c in self.calls)

    @property
    def read_units(self) -> float:
        return sum(c.units for c in self.calls if c.is_read)

    @property
    def write_units(self) -> float:
        return sum(c.units for c in self.calls if not c.is_read)

    @property
    def refused(self) -> int:
        return sum(c.refused for c in self.calls)

    @property
    def refused_units(self) -> float:
        return sum(c.units for c in self.calls if c.refused)

    @property
    def widest_write(self) -> float:
        """Units of the largest single write, on its table."""
        return max((c.on_table for c in self.calls if not c.is_read), default=0.0)


class Meter:
    """Listens to one client. One thread at a time: what others do meanwhile is counted too."""

    def __init__(self, dynamo: Dynamo) -> None:
        self._calls: list[Call] = []
        events = dynamo.client.meta.events
        events.register("provide-client-params.dynamodb.*", _ask_for_parts)
        events.register("after-call.dynamodb.*", self._note)

    def measure(self, work: Callable[[], object]) -> Cost:
        self._calls = []
        before = time.process_time_ns()
        work()
        spent = time.process_time_ns() - before
        return Cost(tuple(self._calls), spent / 1e6)

    def _note(self, parsed: Mapping[str, Any], model: Any, **_: Any) -> None:
        refused = parsed.get("Error", {}).get("Code") == CONDITION_FAILED
        if refused:
            units = on_table = billed_when_refused(parsed.get("Item") or {})
        else:
            parts = parsed.get("ConsumedCapacity") or []
            parts = [parts] if isinstance(parts, dict) else parts
            units = sum(p["CapacityUnits"] for p in parts)
            on_table = sum((p.get("Table") or {}).get("CapacityUnits", 0.0) for p in parts)
        self._calls.append(Call(model.name, units, on_table, refused))


def _ask_for_parts(params: dict[str, Any], **_: Any) -> None:
    # Totals are the same; the parts tell how much of them the indexes are.
    if "ReturnConsumedCapacity" in params:
        params["ReturnConsumedCapacity"] = "INDEXES"


def billed_when_refused(item: Mapping[str, Any]) -> float:
    """Write units of a write whose condition failed: the item that is there, in whole KB.

    AWS bills this; no engine reports it.
    """
    return float(max(1, math.ceil(item_bytes(item) / 1024)))


def item_bytes(item: Mapping[str, Any]) -> int:
    """Size of an item in wire form, as DynamoDB reckons it."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    kind, given = next(iter(value.items()))
    if kind == "M":
        return 3 + len(given) + item_bytes(given)
    if kind == "L":
        return 3 + len(given) + sum(_value_bytes(v) for v in given)
    if kind == "N":
        return (len(given.strip("-").replace(".", "")) + 1) // 2 + 1
    if kind in {"BOOL", "NULL"}:
        return 1
    if kind in {"SS", "NS", "BS"}:
        return sum(len(str(v).encode()) for v in given)
    return len(str(given).encode())


@dataclass(frozen=True, slots=True)
class Figures:
    """Several measurements of the same thing: the worst of each count, the median of the time."""

    n: int
    reads: int
    read_units: float
    writes: int
    write_units: float
    widest_write: float
    refused: int
    refused_units: float
    cpu_ms: float

    @classmethod
    def of(cls, costs: Sequence[Cost]) -> Figures:
        def worst(values: Iterable[float]) -> float:
            return max(values, default=0.0)

        return cls(
            n=len(costs),
            reads=int(worst(c.reads for c in costs)),
            read_units=worst(c.read_units for c in costs),
            writes=int(worst(c.writes for c in costs)),
            write_units=worst(c.write_units for c in costs),
            widest_write=worst(c.widest_write for c in costs),
            refused=int(worst(c.refused for c in costs)),
            refused_units=worst(c.refused_units for c in costs),
            cpu_ms=round(median(c.cpu_ms for c in costs), 2) if costs else 0.0,
        )
