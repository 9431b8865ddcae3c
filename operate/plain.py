"""Addresses that are no secret, as plain variables of the functions.

`.chalice/config.json` names them as it names secrets, by their parameters. A function need not ask
for them, and what is declared at deploy time, the preflights' origin, must know them then. They are
those of the sites, which are there before any code is; the API's own is known only afterwards, and
stays a parameter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from chalicelib.kit.config import SSM
from operate.stages import Stage

OUTPUTS = {"desk-url": "DeskURL", "wait-url": "WaitURL"}
"""Parameter: the output of the state's stack that has the same."""


def by_outputs(outputs: Mapping[str, str]) -> dict[str, str]:
    """The addresses themselves, for functions that are made by API calls."""
    return {name: outputs[output] for name, output in OUTPUTS.items()}


def by_reference(stage: Stage) -> dict[str, str]:
    """What CloudFormation replaces by the parameter's value when it makes a function."""
    return {name: f"{{{{resolve:ssm:{stage.parameters}/{name}}}}}" for name in OUTPUTS}


def write_plain(config: Path, stage: Stage, values: Mapping[str, str]) -> None:
    """Have a project's `.chalice/config.json` say the addresses of a stage themselves."""
    text = config.read_text()
    for name, value in values.items():
        text = text.replace(json.dumps(f"{SSM}{stage.parameters}/{name}"), json.dumps(value))
    config.write_text(text)


def of_the_stage(stage: Stage) -> dict[str, dict[str, str]]:
    """By function the variables that a deployment makes of other settings of the stage."""
    listed = [f"queue/{stage.prefix}-events", *stage.own_destinations]
    return {"mturk": {"MARKETPLACE_OWN_DESTINATIONS": " ".join(listed)}}


def write_own_destinations(config: Path, stage: Stage) -> None:
    """Have the marketplace's endpoint know which of the operator's queues and topics its policy
    lets it send to, so that it refuses others while a requester is there to read why."""
    whole = json.loads(config.read_text())
    functions = whole["stages"][stage.name]["lambda_functions"]
    for function, variables in of_the_stage(stage).items():
        functions[function].setdefault("environment_variables", {}).update(variables)
    config.write_text(json.dumps(whole, indent=2) + "\n")


def is_as_wanted(stage: Stage, wanted: str, found: str | None) -> bool:
    """Whether a variable is what the configuration says, or the address that it stands for."""
    name = wanted.removeprefix(f"{SSM}{stage.parameters}/")
    return found == wanted or (
        name in OUTPUTS and found is not None and found.startswith(("https://", "{{resolve:"))
    )
