"""Asking a market for its fees: the protocol has no operation for that, our marketplace has."""

from __future__ import annotations

import json
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session

from chalicelib.kit.config import MarketConfig
from chalicelib.mturk.prices import MTURKS_FEES, Fees, PriceError, parse_dollars
from chalicelib.retainer.domain.market import MarketError, MarketSilent, MarketUnavailable
from chalicelib.retainer.market.calls import READ_S, TRIES

OPERATION = "RetainerMarketplace.GetFees"


def ask(config: MarketConfig, region: str) -> Fees:
    """Ask. A market that does not know the question takes what MTurk took.

    Raises `MarketSilent` if it does not answer, `MarketUnavailable` if it cannot just now,
    `MarketError` if the answer makes no sense.
    """
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": OPERATION}
    endpoint = f"{config.endpoint.rstrip('/')}/"
    request = AWSRequest(method="POST", url=endpoint, data=b"{}", headers=headers)
    keys = Credentials(config.access_key, config.secret_key)
    SigV4Auth(keys, "mturk-requester", region).add_auth(request)
    answer = _send(request)
    if answer.status_code == 429 or (answer.status_code >= 500 and answer.status_code != 501):
        raise MarketUnavailable(f"{OPERATION}: status {answer.status_code}")
    if answer.status_code != 200:
        return MTURKS_FEES
    return _fees(answer.content)


def _send(request: AWSRequest) -> AWSResponse:
    """Give it the time that other calls get: a market's first call may find it starting."""
    session = URLLib3Session(timeout=READ_S)
    for left in reversed(range(TRIES)):
        try:
            return session.send(request.prepare())
        except BotoCoreError as error:
            if not left:
                raise MarketSilent(f"{OPERATION}: {error}") from error
    raise AssertionError("no try was made")


def _fees(body: bytes) -> Fees:
    try:
        told: dict[str, Any] = json.loads(body)["Fees"]
        percents = (told["Percent"], told["PercentMany"], told["PercentMasters"])
        if not all(type(p) is int and 0 <= p <= 1_000 for p in percents):
            raise ValueError("per cents are whole numbers")
        return Fees(*percents, least_cents=parse_dollars(told["Least"]))
    except (ValueError, KeyError, TypeError, PriceError) as error:
        raise MarketError(f"{OPERATION}: {type(error).__name__}: {error}") from error
