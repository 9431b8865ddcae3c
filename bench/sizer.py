"""The scheduled sizing run, each minute as deployed, in a process of its own as on Lambda.

Its market has all the seats that anybody could want, so that a run counts the pool and rewrites its
row but posts nothing.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench.child import serve_parent
from chalicelib.kit.clock import SystemClock
from chalicelib.kit.config import Config
from chalicelib.kit.dynamo.connection import Dynamo
from chalicelib.mturk.prices import Fees
from chalicelib.retainer.container import assemble
from chalicelib.retainer.domain.market import (
    Arrival,
    Caps,
    Decision,
    Offer,
    PostingState,
    SeatState,
    Work,
)
from chalicelib.retainer.domain.protohits import ProtoHit

EVERY_S = 60.0
SEATS_LEFT = 1_000


class WideMarket:
    """Knows every HIT, and has seats left in it."""

    name = "sandbox"

    def caps(self) -> Caps:
        return Caps(False, False, True, True, False, True, True, 9)

    def balance_cents(self) -> int | None:
        return None

    def fees(self) -> Fees:
        return Fees(0, 0, 0, 0)

    def open_for(self, offer: Offer, token: str) -> str:
        return token

    def find_bonus(self, assignment: str, mark: str) -> int | None:
        return None

    def open(self, proto: ProtoHit, seats: int, token: str) -> str:
        return token

    def find(self, token: str) -> str | None:
        return token

    def raise_seats(self, posting: str, more: int, token: str) -> None:
        pass

    def close(self, posting: str) -> None:
        pass

    def delete(self, posting: str) -> bool:
        return False

    def status(self, posting: str) -> PostingState | None:
        return PostingState(posting, SEATS_LEFT, 0, 0, True)

    def recognise(self, arrival: Arrival, signature: str, now_ms: int) -> Arrival | None:
        return None

    def work(self, posting: str) -> Iterator[Work]:
        return iter(())

    def state_of(self, assignment: str) -> SeatState | None:
        return None

    def settle(self, assignment: str, decision: Decision, reason: str) -> SeatState:
        return SeatState.PAID

    def pay_bonus(self, worker: str, assignment: str, cents: int, reason: str, token: str) -> None:
        pass

    def tell(self, workers: Sequence[str], subject: str, text: str) -> list[str]:
        return []

    def bar(self, worker: str, reason: str) -> None:
        pass

    def readmit(self, worker: str) -> None:
        pass

    def note_part(self, worker: str, proto: str) -> None:
        pass


class _Nobody:
    def start(self, function: str, reason: Mapping[str, Any]) -> None:
        pass


def main() -> None:
    config = Config.from_env(os.environ)
    dynamo = Dynamo(
        region=config.region, endpoint=config.dynamodb_endpoint, table_prefix=config.table_prefix
    )
    room = assemble(dynamo, config.retainer, SystemClock(), {"sandbox": WideMarket()}, _Nobody())
    stopping = threading.Event()
    runs: list[float] = []

    def run() -> None:
        while not stopping.wait(EVERY_S):
            began = time.perf_counter()
            room.sizing.run()
            runs.append(round((time.perf_counter() - began) * 1000, 1))

    thread = threading.Thread(target=run, name="sizer")
    thread.start()
    serve_parent({"ready": True}, lambda: {"runs": runs, "calls": dict(_calls(dynamo))})
    stopping.set()
    thread.join()


def _calls(dynamo: Dynamo) -> Iterator[tuple[str, float]]:
    for (operation, what), number in dynamo.consumed.items():
        yield f"{operation} {what}", number


if __name__ == "__main__":
    main()
