"""A caller that dies once: after any write of the database, or any call of the market.

Writes and calls are counted together, in the order in which they are made, so that one number names
every moment at which a death can matter: before a write or call is after the one before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.integration.faults import WRITES, Killed
from tests.integration.place import Place


@dataclass
class Fate:
    """Dies once, is a new process then, and does it again `later_s` seconds later.

    `after` which event: its number, or the first of that name.
    """

    place: Place
    after: int | str
    later_s: float = 60
    events: list[str] = field(default_factory=list)
    struck: str = ""

    def do(self, call: Callable[[], object]) -> None:
        """Call, as a scheduled function or a client that tries again would."""
        try:
            with self._armed():
                call()
        except Killed:
            self.struck = self.events[-1]
            self.place.restart()
            self.place.market.clock.advance(self.later_s)
            call()

    @contextmanager
    def _armed(self) -> Iterator[None]:
        if self.struck:
            yield
            return
        # A client that has not been used yet has no connection: it is made here.
        ends = [self.place.world.dynamo.client._endpoint, self.place.client._endpoint]
        real = [end.http_session for end in ends]
        for end in ends:
            end.http_session = _Mortal(end.http_session, self)
        try:
            yield
        finally:
            for end, session in zip(ends, real, strict=True):
                end.http_session = session

    def passes(self, event: str) -> None:
        self.events.append(event)
        if self.after in {len(self.events), event}:
            raise Killed


class _Mortal:
    def __init__(self, real: Any, fate: Fate) -> None:
        self._real = real
        self._fate = fate

    def send(self, request: Any) -> Any:
        answer = self._real.send(request)
        target = request.headers["X-Amz-Target"]
        service, _, operation = (
            target.decode() if isinstance(target, bytes) else str(target)
        ).rpartition(".")
        is_market = service.startswith("MTurk")
        if is_market or operation in WRITES:
            self._fate.passes(operation)
        return answer

    def close(self) -> None:
        self._real.close()
