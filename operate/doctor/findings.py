"""What a check tells, and how checks are run: one that fails is a finding, not the end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.kit.config import ConfigError
from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.retainer.domain.market import MarketError
from operate import aws
from operate.target import Refused, Target

log = logging.getLogger("retainer.doctor")

_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"}


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` is a sentence; `mend`, where something is wrong, what to do about it."""

    check: str
    what: str
    mend: str = ""

    @property
    def ok(self) -> bool:
        return not self.mend


Check = Callable[[Target], Iterator[Finding]]


def run(name: str, check: Check, target: Target) -> list[Finding]:
    """Run one; whatever keeps it from looking is wrong too."""
    found: list[Finding] = []
    try:
        found += check(target)
    except ClientError as error:
        if aws.code_of(error) in _DENIED:
            mend = "let these credentials do it, or use others; docs/deploying.md lists what it is"
        else:
            mend = "see what AWS says, and run it again"
        found.append(Finding(name, f"{error.operation_name}: {error}", mend))
    except (BotoCoreError, ConfigError, Refused, StoreUnavailable, MarketError, OSError) as error:
        found.append(Finding(name, str(error), "put that right, and run it again"))
    except Exception as error:
        # A row that cannot be read, for one: the other checks may say more.
        log.exception("check %s", name)
        what = f"this check broke off: {type(error).__name__}: {error}"
        found.append(Finding(name, what, "look at what is said above, or report it as a fault"))
    return found
