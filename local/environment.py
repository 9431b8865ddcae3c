"""The app's environment on one machine."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from local.functions import REGION
from local.state import Secrets

FUNCTION_PREFIX = "retainer-local"
SERVICE_FILE = "service.env"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Origins of the stack's parts; `api` includes the stage."""

    api: str
    mturk: str
    wait: str
    desk: str
    lambda_api: str
    dynamodb: str


@dataclass(frozen=True, slots=True)
class MarketKeys:
    """What a requester needs to call the marketplace, and to know its workers' arrivals."""

    access_key: str
    secret_key: str = field(repr=False)
    arrival_key: str = field(repr=False)

    def markets_json(self, endpoint: str) -> str:
        """RETAINER_MARKETS: one marketplace is both the sandbox and the real thing."""
        market = {
            "endpoint": endpoint,
            "access_key": self.access_key,
            "secret_key": self.secret_key,
            "arrival_key": self.arrival_key,
        }
        return json.dumps({"sandbox": market, "production": market})

    def variables(self, endpoint: str) -> dict[str, str]:
        """The app's markets, and what makes boto3 or the AWS CLI a requester at this endpoint."""
        return {
            "RETAINER_MARKETS": self.markets_json(endpoint),
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_ENDPOINT_URL_MTURK": endpoint,
        }


def environment(at: Addresses, secrets: Secrets) -> dict[str, str]:
    """All variables but the requester's, whose keys lie in tables that do not exist yet."""
    return {
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL_LAMBDA": at.lambda_api,
        "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": at.lambda_api,
        "DYNAMODB_ENDPOINT": at.dynamodb,
        **unproxied(at.dynamodb),
        "RETAINER_OPEN": "1",
        "RETAINER_SEAT_SECRET": secrets.seat_secret,
        "RETAINER_WAIT_URL": at.wait,
        "RETAINER_SIZING_FUNCTION": f"{FUNCTION_PREFIX}-size_pools",
        "RETAINER_REVIEW_FUNCTION": f"{FUNCTION_PREFIX}-review",
        "MARKETPLACE_TICK_FUNCTION": f"{FUNCTION_PREFIX}-market_tick",
        "MARKETPLACE_MASTER_KEY": secrets.master_key,
        "MARKETPLACE_SITE_URL": at.api,
        "MARKETPLACE_WORKER_ORIGIN": at.desk,
        "MARKETPLACE_OPEN_SIGN_IN": "1",
        # Play money; a market that is deployed owes its workers what it lets requesters spend.
        "MARKETPLACE_INITIAL_BALANCE": "10000.00",
    }


def unproxied(dynamodb: str) -> dict[str, str]:
    """Variables by which a proxy set for the way out sees nothing of what goes to this machine."""
    hosts = f"127.0.0.1,localhost,{urlsplit(dynamodb).hostname}"
    return {"NO_PROXY": hosts, "no_proxy": hosts}


@contextmanager
def environ(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables of this process for a while, and hide the person's own AWS credentials."""
    before = dict(os.environ)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"):
        os.environ.pop(name, None)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


# What a requester's program needs; all else is the service's own.
_REQUESTERS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL_MTURK",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
)


def write_env_files(folder: Path, variables: Mapping[str, str]) -> None:
    """Write two files for a shell's `.`: `env` makes boto3 and the AWS CLI a requester here;
    `service.env` has all that the functions know, for `./retainer` and `chalice local`."""
    mine = [_export(name, variables[name]) for name in _REQUESTERS if name in variables]
    # A way out that the shell has set stays as it is; only this machine is added.
    mine += [
        f'export {name}="${{{name}:+${name},}}127.0.0.1,localhost"\n'
        for name in ("NO_PROXY", "no_proxy")
    ]
    _write(folder / "env", mine)
    _write(folder / SERVICE_FILE, [_export(*pair) for pair in sorted(variables.items())])


def _export(name: str, value: str) -> str:
    return f"export {name}={shlex.quote(value)}\n"


def _write(path: Path, lines: list[str]) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.writelines(lines)
