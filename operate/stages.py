"""A deployment's stage, and the names that follow from it: the same in both ways to deploy."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from chalicelib.kit.config import ConfigError, parse_sender

ROOT = Path(__file__).resolve().parent.parent
APP = "retainer"
TABLE_PREFIX = "RETAINER_TABLE_PREFIX"
_DESTINATION = re.compile(r"(queue/[A-Za-z0-9_-]{1,80}|topic/[A-Za-z0-9_-]{1,256})(\.fifo)?")
_IN_TABLE_NAMES = re.compile(r"[A-Za-z0-9_.-]{1,200}")


class UnknownStage(Exception):
    """There is no such stage to deploy."""


@dataclass(frozen=True)
class Stage:
    """`dev`, `prod` or one that `.chalice/config.json` names besides; `local` is not deployed."""

    name: str
    root: Path = ROOT

    @classmethod
    def named(cls, name: str, root: Path = ROOT) -> Stage:
        """Raises `UnknownStage`."""
        known = cls.all_names(root)
        if name not in known:
            raise UnknownStage(
                f"there is no stage {name!r} to deploy; known are {', '.join(known)}"
            )
        return cls(name, root)

    @classmethod
    def all_names(cls, root: Path = ROOT) -> list[str]:
        """The stages that can be deployed."""
        return [name for name in cls("", root)._config["stages"] if name != "local"]

    @cached_property
    def _config(self) -> Any:
        return json.loads((self.root / ".chalice" / "config.json").read_text())

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The stage's part of `.chalice/config.json`."""
        return dict(self._config["stages"][self.name])

    @property
    def framed_by(self) -> list[str]:
        """Origins of other markets' sites, in whose frames the waiting pages may stand too."""
        return list(self.settings.get("framed_by", []))

    @property
    def has_market_front(self) -> bool:
        """Whether CloudFront stands in front of the marketplace's address."""
        return bool(self.settings.get("market_front", False))

    @property
    def has_access_logs(self) -> bool:
        """Whether API Gateway writes a line for each call."""
        return bool(self.settings.get("access_logs", False))

    @property
    def calls_per_address(self) -> int:
        """How often one address may call the API in five minutes; 0: as often as it likes."""
        return int(self.settings.get("calls_per_address", 0))

    @property
    def domain(self) -> str:
        """The API's own domain, which Chalice makes (`api_gateway_custom_domain`); empty: AWS's."""
        return str(self._custom_domain.get("domain_name", ""))

    @property
    def domain_url(self) -> str:
        """The API's address at its own domain; empty without one."""
        prefix = str(self._custom_domain.get("url_prefix", "")).strip("/")
        path = f"/{prefix}" if prefix and prefix != "(none)" else ""
        return f"https://{self.domain}{path}" if self.domain else ""

    @property
    def _custom_domain(self) -> dict[str, Any]:
        return dict(self.settings.get("api_gateway_custom_domain", {}))

    @property
    def is_production(self) -> bool:
        return self.name == "prod"

    @property
    def prefix(self) -> str:
        """Of functions, queues and alarms; Chalice makes the same one."""
        return f"{APP}-{self.name}"

    @cached_property
    def table_prefix(self) -> str:
        """What its tables' names begin with: as its functions are given it, whatever the stage is
        called, since recovered tables have other names. Raises `ConfigError`."""
        prefix = str(self.settings.get("environment_variables", {}).get(TABLE_PREFIX, ""))
        check_table_prefix(prefix, f"{TABLE_PREFIX} of the stage {self.name}")
        return prefix

    @property
    def parameters(self) -> str:
        """Where the stage's secrets and addresses lie in the Parameter Store."""
        return f"/{APP}/{self.name}"

    @property
    def api_name(self) -> str:
        """What the API's metrics go by, in both ways to deploy: two stages in one account must not
        have the same."""
        return self.prefix

    @property
    def mail_sender(self) -> str | None:
        """The address that sends mail by SES; None where none is sent so. Raises `ConfigError`."""
        functions = self.settings.get("lambda_functions", {})
        own = functions.get("market_calls", {}).get("environment_variables", {})
        values = {**self.settings.get("environment_variables", {}), **own}
        if values.get("MARKETPLACE_MAIL") != "ses":
            return None
        return parse_sender(str(values.get("MARKETPLACE_MAIL_FROM", "")))[1]

    @property
    def own_destinations(self) -> list[str]:
        """Queues and topics of the operator's own account that requesters may name as well, as
        `queue/NAME` and `topic/NAME`. Raises `ConfigError`."""
        named = [str(one) for one in self.settings.get("own_destinations", [])]
        for one in named:
            if not _DESTINATION.fullmatch(one):
                raise ConfigError(
                    f"own_destinations of the stage {self.name}: queue/NAME or topic/NAME, "
                    f"not {one!r}"
                )
        return named

    @property
    def api_stage(self) -> str:
        return str(self.settings.get("api_gateway_stage", "api"))

    def timeout_s(self, function: str) -> int:
        """A function's time limit: its own, or the stage's."""
        own = self.settings.get("lambda_functions", {}).get(function, {})
        return int(own.get("lambda_timeout", self.settings["lambda_timeout"]))

    @property
    def reservations(self) -> dict[str, int]:
        """How many executions each function reserves; none where the stage says
        `"reserve_concurrency": false`."""
        reserves = bool(self.settings.get("reserve_concurrency", True))
        functions = self.settings["lambda_functions"].items()
        return {
            name: int(own["reserved_concurrency"])
            for name, own in functions
            if reserves and "reserved_concurrency" in own
        }

    def function(self, name: str) -> str:
        """The full name of a function; of the API's it is the prefix alone."""
        return self.prefix if name == "api_handler" else f"{self.prefix}-{name}"


def check_table_prefix(prefix: str, what: str) -> None:
    """Raise `ConfigError` for what no table's name can begin with, or what stands for several in a
    policy."""
    if not _IN_TABLE_NAMES.fullmatch(prefix):
        raise ConfigError(f"{what} must be letters, digits, '_', '.' and '-', not {prefix!r}")
