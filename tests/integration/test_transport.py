"""Where notifications go out to."""

from __future__ import annotations

import pytest

from chalicelib.marketplace.domain.notifications import Unreachable
from chalicelib.marketplace.transport import MOST_CLIENTS, BotoTransport
from local.http_server import HOST, free_port


def test_transport__keeps_few_clients__whatever_regions_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", f"http://{HOST}:{free_port()}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    transport = BotoTransport("us-east-1")

    for number in range(MOST_CLIENTS + 2):
        with pytest.raises(Unreachable):
            transport.send("SQS", f"https://sqs.zz-made-{number}.amazonaws.com/1/q", "{}")

    kept = transport._client.cache_info()
    assert (kept.currsize, kept.misses) == (MOST_CLIENTS, MOST_CLIENTS + 2)
