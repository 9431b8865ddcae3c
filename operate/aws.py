"""Clients of AWS's services, as this machine's credentials and settings have them."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def client(service: str, region: str) -> Any:
    """One for each service and region, with time limits that a person waits for."""
    # What leads elsewhere than to AWS may change under a process: one-machine stacks come and go.
    elsewhere = tuple(sorted(v for v in os.environ.items() if v[0].startswith("AWS_ENDPOINT_URL")))
    return _client(service, region, elsewhere)


@cache
def _client(service: str, region: str, _: tuple[tuple[str, str], ...]) -> Any:
    return boto3.client(  # type: ignore[call-overload]
        service,
        region_name=region,
        config=Config(
            connect_timeout=5,
            read_timeout=30,
            retries={"mode": "standard", "total_max_attempts": 4},
        ),
    )


@cache
def account(region: str) -> str:
    """The id of the account that the credentials are of."""
    return str(client("sts", region).get_caller_identity()["Account"])


def partition(region: str) -> str:
    return str(boto3.Session().get_partition_for_region(region))


def url_suffix(region: str) -> str:
    """What names of AWS's services end in."""
    return "amazonaws.com.cn" if partition(region) == "aws-cn" else "amazonaws.com"


def code_of(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])
