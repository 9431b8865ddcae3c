"""Many workers and requesters at once, for tests."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.marketplace.domain.errors import MarketplaceError
from tests.integration.market import Market
from tests.patience import PATIENCE_S


def at_once(count: int, call: Callable[[int], object]) -> list[object]:
    """Call from many threads at the same moment; what each returned, or the error's class."""
    barrier = threading.Barrier(count)
    results: list[object] = [None] * count

    def run(number: int) -> None:
        barrier.wait()
        try:
            results[number] = call(number)
        except MarketplaceError as error:
            results[number] = type(error)
        except ClientError as error:
            response: dict[str, Any] = dict(error.response)
            results[number] = response["TurkErrorCode"].rpartition(".")[2]

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    return results


def sign_in(market: Market, name: str = "") -> Any:
    return market.market.sessions.sign_in(name or uuid.uuid4().hex)[1]


def accept(market: Market, worker: Any, hit_id: str) -> str:
    return market.market.work.accept(worker, hit_id).assignment.assignment_id


def submit(market: Market, assignment_id: str, text: str = "1") -> str:
    fields = [("assignmentId", assignment_id), ("a", text)]
    return market.market.submissions.submit(fields).assignment_id
