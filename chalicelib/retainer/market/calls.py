"""Calls of the protocol: boto's client, whose errors become the port's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.config import Config as BotoConfig
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from chalicelib.kit import invocation
from chalicelib.kit.config import ConfigError, MarketConfig
from chalicelib.mturk import model
from chalicelib.retainer.domain.market import (
    MarketError,
    MarketSilent,
    MarketUnavailable,
    OutOfFunds,
)

CONNECT_S, READ_S, TRIES = 2, 6, 2
"""A market that hangs costs a call thirteen seconds, and a run one such call."""

_AGAIN = {"ServiceFault", "ThrottlingException", "Throttling", "RequestLimitExceeded"}
_PREFIX = "AWS.MechanicalTurk."


class CallRefused(MarketError):
    """A refusal with its TurkErrorCode, without the prefix."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class ProtocolCalls:
    """One account at one endpoint. The client is made on first use.

    A market that has not answered is not asked again by the same call of a function, which has
    more to do than to wait for it.
    """

    def __init__(self, config: MarketConfig, region: str, read_s: float = READ_S) -> None:
        self._config = config
        self._read_s = read_s
        self._region = region
        self._made: Any = None

    @property
    def client(self) -> Any:
        if self._made is None:
            if not self._config.secret_key:
                raise ConfigError(
                    f"RETAINER_MARKETS: {self._config.name} has no secret_key in this function"
                )
            # AWS removes the models of closed services from its SDKs.
            self._made = model.session().create_client(
                "mturk",
                region_name=self._region,
                endpoint_url=self._config.endpoint,
                aws_access_key_id=self._config.access_key,
                aws_secret_access_key=self._config.secret_key,
                config=BotoConfig(
                    connect_timeout=CONNECT_S,
                    read_timeout=self._read_s,
                    retries={"mode": "standard", "total_max_attempts": TRIES},
                ),
            )
        return self._made

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        """Raises `MarketError`: `MarketUnavailable` where trying later may help."""
        with self.asked_once():
            try:
                answer: dict[str, Any] = getattr(self.client, operation)(**params)
            except ClientError as error:
                raise _translate(error) from error
            except ParamValidationError as error:
                raise MarketError(f"{operation}: {error}") from error
            except BotoCoreError as error:
                raise MarketSilent(f"{operation}: {error}") from error
            return answer

    def pages(self, operation: str, member: str, **params: Any) -> Iterator[dict[str, Any]]:
        token: str | None = None
        while True:
            more = {} if token is None else {"NextToken": token}
            page = self.call(operation, MaxResults=100, **params, **more)
            yield from page[member]
            token = page.get("NextToken")
            if token is None or not page[member]:
                return

    @contextmanager
    def asked_once(self) -> Iterator[None]:
        """Ask the market, unless it has left this call of the function without an answer."""
        learned, name = invocation.learned(), f"silent market {self._config.name}"
        if name in learned:
            raise MarketSilent(learned[name])
        try:
            yield
        except MarketSilent as error:
            learned[name] = str(error)
            raise


def _translate(error: ClientError) -> MarketError:
    response: Any = error.response
    message = response["Error"].get("Message") or response.get("Message", "")
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    if response["Error"]["Code"] in _AGAIN or status >= 500:
        return MarketUnavailable(message)
    code = response.get("TurkErrorCode") or response["Error"]["Code"]
    code = code.removeprefix(_PREFIX)
    if code == "InsufficientFunds":
        return OutOfFunds(message)
    return CallRefused(code, message)
