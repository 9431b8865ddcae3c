"""Every call to DynamoDB that PynamoDB makes, with the one place where errors become ours.

What comes out of here is an answer, `WriteRefused`, `TransactionRefusal` or `StoreUnavailable`:
reads, queries, scans, batches, writes and transactions alike. PynamoDB makes exceptions of its own
of botocore's only, so that these pass through it as they are.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.kit import invocation

CONDITION_FAILED = "ConditionalCheckFailedException"

_CANCELED = "TransactionCanceledException"

_CLASHES = frozenset({"TransactionConflictException", "TransactionInProgressException"})

_THROTTLES = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "LimitExceededException",
    }
)
_CANCELED_FOR_NOW = frozenset(
    {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
)

Item = dict[str, Any]


class StoreUnavailable(Exception):
    """DynamoDB refused, or did not answer, after all tries: what was asked for was not read, or may
    or may not have been written. Asking again is always right."""


class WriteRefused(Exception):
    """The condition of a single write did not hold; `item` was there, in DynamoDB's wire form.

    `again`: it was not the first try, so that an earlier one, whose answer was lost, may have
    written what is there.
    """

    def __init__(self, item: Item | None, again: bool) -> None:
        super().__init__("condition failed")
        self.item = item
        self.again = again


class TransactionRefusal(Exception):
    """Conditions of a transaction did not hold: by their place in it, the items that were there."""

    def __init__(self, items: dict[int, Item | None]) -> None:
        super().__init__(", ".join(map(str, items)))
        self.items = items


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call waits for DynamoDB, in seconds, and how often it asks.

    `tries` are botocore's, for what got no answer or an error of the server; what DynamoDB says it
    cannot do just now is asked again `rounds` times, for at most `rounds_s`.
    """

    connect_s: float = 1.0
    read_s: float = 2.0
    tries: int = 2
    rounds: int = 10
    rounds_s: float = 2.0

    @property
    def longest_ms(self) -> int:
        """What the last round of a call takes at most, botocore's pause of up to a second between
        its tries included."""
        return int(1000 * (self.tries * (self.connect_s + self.read_s) + self.tries - 1))


class Client:
    """botocore's client as PynamoDB calls it."""

    def __init__(self, client: Any, patience: Patience) -> None:
        self._client = client
        self._patience = patience
        # PynamoDB makes another client where this one has no credentials.
        self._request_signer: Any = self._client._request_signer

    def _make_api_call(self, operation: str, request: dict[str, Any]) -> Any:
        if operation == "BatchGetItem":
            return self._batch_get(request)
        return self._call(operation, request)

    def _call(self, operation: str, request: dict[str, Any]) -> Any:
        rounds = _Rounds(self._patience)
        while True:
            _check_time_left(self._patience)
            try:
                return self._client._make_api_call(operation, request)
            except ClientError as error:
                why = self._refusal(error, request)
                if why is None:
                    raise StoreUnavailable(f"{operation}: {error}") from error
            except BotoCoreError as error:
                # No answer: time ran out, or nobody was there. botocore has tried again.
                raise StoreUnavailable(f"{operation}: {error}") from error
            if not rounds.pause():
                raise StoreUnavailable(f"{operation}: {why}, {rounds.done} times")

    def _refusal(self, error: ClientError, request: dict[str, Any]) -> str | None:
        """Return what DynamoDB cannot do just now, and has not begun; None if asking again is of
        no use. Raises what a condition that did not hold becomes."""
        answer: Mapping[str, Any] = error.response
        code = str(answer.get("Error", {}).get("Code"))
        if code == CONDITION_FAILED:
            tries = answer.get("ResponseMetadata", {}).get("RetryAttempts", 0)
            raise WriteRefused(answer.get("Item"), again=tries > 0) from None
        if code == _CANCELED:
            return _canceled(answer.get("CancellationReasons", []), request)
        return code if code in _CLASHES | _THROTTLES else None

    def _batch_get(self, request: dict[str, Any]) -> Any:
        """Ask until all keys are read: PynamoDB asks for those left over at once and for ever."""
        rounds = _Rounds(self._patience)
        answer = self._call("BatchGetItem", request)
        while left := answer.get("UnprocessedKeys"):
            if not rounds.pause():
                raise StoreUnavailable(f"BatchGetItem: keys left unread, {rounds.done} times")
            more = self._call("BatchGetItem", {**request, "RequestItems": left})
            for table, items in more.get("Responses", {}).items():
                answer["Responses"].setdefault(table, []).extend(items)
            answer["UnprocessedKeys"] = more.get("UnprocessedKeys", {})
        return answer


class _Rounds:
    """Pauses between the rounds of a call: full jitter, doubling from five milliseconds on.

    By the real clock, not the injected one, which tests stop.
    """

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._until = time.monotonic() + patience.rounds_s
        self.done = 1

    def pause(self) -> bool:
        """Wait a moment; False if that was often or long enough."""
        wait_s = random.uniform(0, 0.005 * 2 ** min(self.done, 6))
        if self.done >= self._patience.rounds or time.monotonic() + wait_s > self._until:
            return False
        time.sleep(wait_s)
        self.done += 1
        return True


def _canceled(reasons: list[Mapping[str, Any]], request: dict[str, Any]) -> str | None:
    codes = [str(reason.get("Code")) for reason in reasons]
    failed = {
        n: reasons[n].get("Item") for n, c in enumerate(codes) if c == "ConditionalCheckFailed"
    }
    if failed:
        raise TransactionRefusal(failed) from None
    met = {code for code in codes if code != "None"}
    if not met or not met <= _CANCELED_FOR_NOW:
        return None
    # Nothing of it was done. Where it is still under way, the same token asks how it went; this is
    # a new attempt.
    request.pop("ClientRequestToken", None)
    return ", ".join(sorted(met))


def _check_time_left(patience: Patience) -> None:
    """Refuse to begin what the function might not live to see: its caller is to hear of it."""
    if not invocation.is_time_for(patience.longest_ms):
        raise StoreUnavailable("the function's time is up")
