"""The real app behind the local API Gateway, in a process of its own, with its costs counted."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from bench.child import serve_parent
from bench.meter import READS, billed_when_refused
from chalicelib import bootstrap
from chalicelib.kit.dynamo.client import CONDITION_FAILED
from local.environment import FUNCTION_PREFIX
from local.functions import Functions
from local.gateway import Gateway
from local.http_server import HttpServer, Reply, Request

LATENCY_S = 0.030
"""Injected before and after each request: what the network takes each way."""

NAMES = (
    "requests", "polls", "billed_ms", "cpu_ms", "read_units", "write_units", "refused", "bytes_out",
)  # fmt: skip


class Count:
    """What the app was asked and what that took, since the process began."""

    def __init__(self) -> None:
        self._sums: Counter[str] = Counter()
        self._times: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def add(self, **more: float) -> None:
        with self._lock:
            for name, value in more.items():
                self._sums[name] += value  # type: ignore[assignment]

    def took(self, kind: str, ms: float) -> None:
        with self._lock:
            self._times.setdefault(kind, []).append(ms)

    def figures(self) -> dict[str, Any]:
        """The sums so far, and the handlers' times by kind since the last asking."""
        with self._lock:
            times, self._times = self._times, {}
            return {**{name: self._sums[name] for name in NAMES}, "handler_ms": times}

    def note_call(self, parsed: Mapping[str, Any], model: Any, **_: Any) -> None:
        """Hook of the DynamoDB client."""
        side = "read_units" if model.name in READS else "write_units"
        if parsed.get("Error", {}).get("Code") == CONDITION_FAILED:
            self.add(refused=1, write_units=billed_when_refused(parsed.get("Item") or {}))
            return
        parts = parsed.get("ConsumedCapacity") or []
        parts = [parts] if isinstance(parts, dict) else parts
        self.add(**{side: sum(p["CapacityUnits"] for p in parts)})


class CountedFunctions(Functions):
    """Times each handler as Lambda would bill it, the network's injected delay left out."""

    count: Count

    def call(self, full_name: str, event: Any) -> Any:
        began, cpu = time.perf_counter(), time.thread_time()
        answer = super().call(full_name, event)
        ms = (time.perf_counter() - began) * 1000
        spent = (time.thread_time() - cpu) * 1000
        kind = _kind(event, answer)
        polled = kind in {"poll", "poll_start"}
        self.count.add(requests=1, polls=int(polled), billed_ms=math.ceil(ms), cpu_ms=spent)
        self.count.took(kind, ms)
        return answer


def _kind(event: Mapping[str, Any], answer: Any) -> str:
    route = str(event.get("resource"))
    if "/gettask/" in route:
        started = '"start":true' in str(answer.get("body")).replace(" ", "")
        return "poll_start" if started else "poll"
    if "/ping/" in route:
        return str((event.get("pathParameters") or {}).get("event"))
    return route.rpartition("/")[2]


def main() -> None:
    from app import app  # deferred: it reads the environment

    app.log.setLevel(logging.WARNING)
    count = Count()
    events = bootstrap.get().dynamo.client.meta.events
    events.register("after-call.dynamodb.*", count.note_call)
    functions = CountedFunctions(app, FUNCTION_PREFIX)
    functions.count = count
    gateway = Gateway(functions, latency_s=LATENCY_S)

    def handle(request: Request) -> Reply:
        reply = gateway.handle(request)
        size = len(reply.body) + sum(len(n) + len(v) + 4 for n, v in reply.headers) + 50
        count.add(bytes_out=size)
        return reply

    server = HttpServer("api", handle)
    server.start()
    serve_parent({"api": f"{server.origin}/api"}, count.figures)
    server.stop()


if __name__ == "__main__":
    main()
