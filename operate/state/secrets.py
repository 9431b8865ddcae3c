"""Secrets, which no template may hold: it would show them."""

from __future__ import annotations

import secrets as randomness

from operate import aws
from operate.answers import Say
from operate.stages import Stage

SECRETS = ("seat-secret", "master-key", "keys-secret")
_SECRET_BYTES = 36

MARKETS, MARKETS_KNOWN = "markets", "markets-known"
NO_MARKETS = "{}"
"""Until the service has its account: functions start, and find that there is nothing to do."""


def make_secrets(stage: Stage, region: str, say: Say) -> None:
    """Make each secret once; it is never shown, and never overwritten: ids follow from it."""
    for name in SECRETS:
        _make(stage, region, name, randomness.token_urlsafe(_SECRET_BYTES), say)
    for name in (MARKETS, MARKETS_KNOWN):
        _make(stage, region, name, NO_MARKETS, say)


def _make(stage: Stage, region: str, name: str, value: str, say: Say) -> None:
    ssm = aws.client("ssm", region)
    full = f"{stage.parameters}/{name}"
    try:
        ssm.put_parameter(Name=full, Value=value, Type="SecureString", Overwrite=False)
    except ssm.exceptions.ParameterAlreadyExists:
        say(f"parameter {full}: there")
    else:
        say(f"parameter {full}: made")


def put_secret(stage: Stage, region: str, name: str, value: str, say: Say) -> None:
    """Write a secret that follows from what is there; nothing where it is the same."""
    ssm = aws.client("ssm", region)
    full = f"{stage.parameters}/{name}"
    found = ssm.get_parameters(Names=[full], WithDecryption=True)["Parameters"]
    same = [one["Value"] for one in found] == [value]
    if not same:
        ssm.put_parameter(Name=full, Value=value, Type="SecureString", Overwrite=True)
    say(f"parameter {full}: {'there' if same else 'written'}")
