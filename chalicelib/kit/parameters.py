"""Secrets and addresses that lie in AWS's Parameter Store instead of a function's variables.

A variable whose value is `ssm:/retainer/prod/seat-secret` stands for the parameter of that name.
So a function's role says which secrets it may read, and `.chalice/config.json` holds none.
"""

from __future__ import annotations

from collections.abc import Mapping

from botocore.config import Config as BotoConfig
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.kit import sdk
from chalicelib.kit.config import ConfigError

# What GetParameters takes at once.
_AT_ONCE = 10

# An account reads forty times a second, and each new environment of a function reads once: where
# many start together, all but forty wait for their turn. The pauses between tries are random and
# double, 15 s at the most all together, which is within an API call's time.
_TRIES = 5


def fetch(names: Mapping[str, str], region: str, tries: int = _TRIES) -> dict[str, str]:
    """Read parameters, decrypted: {variable: parameter's name} gives {variable: its value}.

    One call for ten, tried again for some seconds where too many ask at once. Raises `ConfigError`
    naming the variable whose parameter is missing, or what kept all of them from being read.
    """
    client = sdk.client(
        "ssm",
        region,
        config=BotoConfig(
            connect_timeout=2,
            read_timeout=3,
            retries={"mode": "standard", "total_max_attempts": tries},
        ),
    )
    wanted = sorted(set(names.values()))
    found: dict[str, str] = {}
    try:
        for at in range(0, len(wanted), _AT_ONCE):
            answer = client.get_parameters(Names=wanted[at : at + _AT_ONCE], WithDecryption=True)
            found |= {p["Name"]: p["Value"] for p in answer["Parameters"]}
    except (BotoCoreError, ClientError) as error:
        shown = ", ".join(wanted)
        raise ConfigError(f"the parameters {shown} cannot be read: {error}") from error
    for variable, name in sorted(names.items()):
        if name not in found:
            raise ConfigError(f"{variable}: there is no parameter {name}")
    return {variable: found[name] for variable, name in names.items()}
