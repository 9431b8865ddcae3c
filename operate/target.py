"""The service that a command works on: a stage in AWS, or what this process's environment says."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import botocore.session

from chalicelib.bootstrap import App
from chalicelib.kit import parameters
from chalicelib.kit.config import VARIABLES, Config, ConfigError
from operate import local_stack
from operate.stages import TABLE_PREFIX, Stage, check_table_prefix


class Refused(Exception):
    """A command cannot be done, or has failed; the message is one sentence."""


@dataclass(frozen=True)
class Target:
    """Without a stage it is the environment's, or else the local stack's that runs.

    `table_prefix`: with other tables than the service's own, as recovered ones, or those before.
    """

    stage: Stage | None
    table_prefix: str | None = None

    @cached_property
    def region(self) -> str:
        """Raises `Refused` where AWS's settings name none."""
        session = botocore.session.get_session()
        found = os.environ.get("AWS_REGION") or session.get_config_variable("region")
        if not found and self.stage is None:
            return self.config.region
        if not found:
            raise Refused("no region is set: export AWS_REGION, or give the AWS profile one")
        return str(found)

    @cached_property
    def config(self) -> Config:
        """The service's configuration, parameters fetched; raises `ConfigError`."""
        if self.stage is not None:
            return Config.from_env(self.variables(), parameters.fetch)
        self._enter_local_stack()
        return Config.from_env({**os.environ, **self._other_tables()}, parameters.fetch)

    def variables(self) -> dict[str, str]:
        """What the functions of the stage are given, all together."""
        if self.stage is None:
            self._enter_local_stack()
            own = {v.name: os.environ[v.name] for v in VARIABLES if v.name in os.environ}
        else:
            own = {"AWS_REGION": self.region, **variables_of(self.stage)}
        return own | self._other_tables()

    def _enter_local_stack(self) -> None:
        """Take the variables of the local stack that runs, where the shell has no service's own."""
        if os.environ.get("RETAINER_SEAT_SECRET"):
            return
        found = local_stack.running()
        if len(found) > 1:
            names = " or ".join(f". .state/{name}/{local_stack.SERVICE_FILE}" for name in found)
            raise Refused(f"several local stacks run; say which in this shell: {names}")
        for name, variables in found.items():
            print(f"retainer: the local stack of .state/{name}", file=sys.stderr)
            os.environ.update(variables)
            return
        raise Refused("which service? No local stack runs (make stack); --stage names one in AWS")

    def _other_tables(self) -> dict[str, str]:
        if self.table_prefix is None:
            return {}
        check_table_prefix(self.table_prefix, "--table-prefix")
        return {TABLE_PREFIX: self.table_prefix}

    @cached_property
    def app(self) -> App:
        """Both rooms, as the functions have them."""
        return App(self.config)

    def need_stage(self) -> Stage:
        """Raises `Refused` without a stage: there is nothing in AWS to work on; or with tables that
        are not the stage's."""
        if self.stage is None:
            raise Refused("this is about a stage in AWS: give --stage")
        if self.table_prefix is not None:
            raise Refused("this is about a stage as it is: leave --table-prefix out")
        return self.stage


def variables_of(stage: Stage) -> dict[str, str]:
    """What all functions of a stage know. The API's come first: of the markets it has the names
    only, and those that call markets have the keys."""
    functions: Mapping[str, Mapping[str, dict[str, str]]] = stage.settings["lambda_functions"]
    found: dict[str, str] = dict(stage.settings.get("environment_variables", {}))
    for name in sorted(functions, key=lambda name: name != "api_handler"):
        found |= functions[name].get("environment_variables", {})
    return found


def config_so_far(target: Target) -> Config:
    """The configuration with what is there: a parameter that is not made yet counts as not set."""

    def fetch(names: Mapping[str, str], region: str) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for variable, name in names.items():
            try:
                found |= parameters.fetch({variable: name}, region)
            except ConfigError as error:
                if "there is no parameter" not in str(error):
                    raise
        return found

    return Config.from_env(target.variables(), fetch)
