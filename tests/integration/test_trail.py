"""Who acted is on record: one line for each request that changes something, in both halves."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.http_client import HttpClient
from local.stack import Stack, StackOptions, running_stack
from tests.integration.test_observed import lines_of_service
from tests.integration.world import PROTO


class Trail:
    def __init__(self, stack: Stack, written: Any) -> None:
        self.stack, self._written, self._from = stack, written, 0
        self.http = HttpClient()

    def said(self, message: str) -> list[dict[str, Any]]:
        """Return the lines with this message since the last time, without what is in every line."""
        text = self._written.getvalue()
        lines = [json.loads(line) for line in text[self._from :].splitlines()]
        self._from = len(text)
        usual = {"level", "logger", "message", "requestId", "function", "invocation"}
        return [
            {k: v for k, v in line.items() if k not in usual}
            for line in lines
            if line["message"] == message
        ]

    def ask(self, path: str, key: str = "", **fields: Any) -> int:
        headers = {"x-api-key": key} if key else {}
        return self.http.post_json(f"{self.stack.api}/{path}", fields, headers).status

    def requester(self, secret: str | None = None) -> Any:
        keys = self.stack.keys
        return boto3.client(
            "mturk", endpoint_url=self.stack.mturk, region_name="us-east-1",
            aws_access_key_id=keys.access_key, aws_secret_access_key=secret or keys.secret_key,
        )  # fmt: skip

    @property
    def text(self) -> str:
        return str(self._written.getvalue())


@pytest.fixture(scope="module")
def trail() -> Iterator[Trail]:
    options = StackOptions(speed=0, log_level=logging.INFO)
    with lines_of_service() as written, running_stack(options) as stack:
        found = Trail(stack, written)
        yield found
        found.http.close()


@pytest.fixture(scope="module")
def key(trail: Trail) -> str:
    answer = trail.http.post_json(
        f"{trail.stack.api}/retainer/keys", {"name": "night shift", "scope": "admin"}
    )
    return str(answer.json()["key"])


def test_api__tells_which_key_did_what_to_whom(trail: Trail, key: str) -> None:
    trail.said("acted")
    assert trail.ask("retainer/puttask", key, json=json.dumps(PROTO)) == 200
    trail.ask("retainer/worker/block", key, worker="A1,A2", reason="no", market="sandbox")
    trail.ask("retainer/worker/erase", key, worker="A7", confirm="A7")
    trail.ask("retainer/review", key, assignments="3AAAAAAAAAA 3BBBBBBBBBB", decision="approve")
    trail.ask("retainer/keys/revoke", key, name="nobody's")
    found = trail.said("acted")

    assert [line["route"].removeprefix("/retainer/") for line in found] == [
        "puttask", "worker/block", "worker/erase", "review", "keys/revoke",
    ]  # fmt: skip
    assert {line["key"] for line in found} == {"night shift"}
    _, block, erase, review, revoke = found
    assert (block["status"], block["workers"]) == (202, "A1 A2")
    assert (erase["status"], erase["why"], erase["worker"]) == (404, "unknown_worker", "A7")
    assert len(review["assignments"].split()) == 2
    assert (revoke["named"], revoke["why"]) == ("nobody's", "unknown_key")
    assert "3AAAAAAAAAA" not in review["assignments"]
    assert key not in trail.text


def test_api__tells_why_a_key_was_refused__and_nothing_of_it(trail: Trail) -> None:
    trail.said("acted")
    assert trail.ask("retainer/reservation/finish/all", "rk_" + "x" * 43) == 401
    (line,) = trail.said("acted")

    assert (line["status"], line["why"]) == (401, "bad_key")
    assert "key" not in line
    assert "xxxxx" not in trail.text


def test_what_changes_nothing__and_pages_pings_and_polls__have_no_line(
    trail: Trail, key: str
) -> None:
    trail.said("acted")
    trail.http.get(f"{trail.stack.api}/retainer/reservation/list", headers={"x-api-key": key})
    trail.ask("retainer/ping/worker/A1/assignment/3A/hit/3H/event/waiting")
    assert trail.ask("retainer/gettask/assignment/3A", acks="1") == 200

    assert trail.said("acted") == []


def test_workers__are_told_by_their_id__not_by_their_name(trail: Trail) -> None:
    answer = trail.http.post_json(f"{trail.stack.api}/market/session", {"name": "Hedwig"}).json()
    trail.said("acted")
    trail.http.post_json(
        f"{trail.stack.api}/market/accept", {"hitId": "3NONE"},
        {"x-worker-session": answer["token"]},
    )  # fmt: skip
    (line,) = trail.said("acted")

    assert (line["route"], line["worker"]) == ("/market/accept", answer["worker"]["id"])
    assert line["why"] == "not_found"
    assert "Hedwig" not in trail.text
    assert answer["token"] not in trail.text


def test_protocol__tells_account_key_and_object__and_why_a_signature_was_refused(
    trail: Trail,
) -> None:
    keys = trail.stack.keys
    signed_in = trail.http.post_json(f"{trail.stack.api}/market/session", {"name": "Blocked"})
    worker = signed_in.json()["worker"]["id"]
    trail.said("request")
    trail.requester().create_worker_block(WorkerId=worker, Reason="no")
    with pytest.raises(ClientError):
        trail.requester().delete_hit(HITId="3NONE")
    with pytest.raises(ClientError):
        trail.requester(secret="not the secret").get_account_balance()
    said = trail.said("request")
    # The service's own runs ask the marketplace, too, whenever they come.
    (blocked,) = [line for line in said if line.get("worker") == worker]
    (deleted,) = [line for line in said if line.get("hit") == "3NONE"]
    (refused,) = [line for line in said if "claimedKey" in line]

    assert (blocked["operation"], blocked["status"]) == ("CreateWorkerBlock", 200)
    assert (blocked["accessKey"], blocked["worker"]) == (keys.access_key, worker)
    assert blocked["account"] == deleted["account"]
    assert (deleted["hit"], deleted["why"]) == (
        "3NONE", "AWS.MechanicalTurk.HITDoesNotExist",
    )  # fmt: skip
    assert refused["operation"] == "GetAccountBalance"
    assert refused["claimedKey"] == keys.access_key
    assert "accessKey" not in refused
    assert "account" not in refused
    assert refused["why"].startswith("InvalidSignatureException: The request signature")
    assert keys.secret_key not in trail.text
