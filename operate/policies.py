"""Each function's IAM policy, made from what `grants.py` says it may do.

Chalice adds nothing to a policy that is given: what the Lambda service itself does in a function's
name, writing its logs and emptying its queue, is in it too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from operate.build import BuildFailed
from operate.grants import GRANTS, OF_THE_SERVICE, Grants
from operate.iam import Need
from operate.stages import ROOT, Stage

FOLDER = Path(".chalice") / "policies"
_MEND = "`python -m operate.policies` writes the policies of all stages"


def policy(stage: Stage, function: str) -> dict[str, Any]:
    """The policy document of one function."""
    by_actions: dict[tuple[str, ...], list[str]] = {}
    granted = OF_THE_SERVICE[function] | GRANTS[function] | _parameters(stage, function)
    for resource, actions in sorted(granted.items()):
        by_actions.setdefault(tuple(sorted(actions.split())), []).append(_arn(stage, resource))
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": list(actions), "Resource": resources}
            for actions, resources in by_actions.items()
        ],
    }


def write_all(stage: Stage, root: Path) -> None:
    """Write the files that `.chalice/config.json` names."""
    folder = root / FOLDER / stage.name
    folder.mkdir(parents=True, exist_ok=True)
    for function in GRANTS:
        text = json.dumps(policy(stage, function), indent=1)
        (folder / f"{function}.json").write_text(text + "\n")


def check_tables(stage: Stage) -> None:
    """Raise `BuildFailed` where a file is missing, or grants tables of another prefix than the
    functions are given: each of their calls would be refused."""
    wanted = f":table/{stage.table_prefix}"
    for function in GRANTS:
        path = stage.root / FOLDER / stage.name / f"{function}.json"
        try:
            statements = json.loads(path.read_text())["Statement"]
        except FileNotFoundError:
            raise BuildFailed(f"{path} is missing; {_MEND}") from None
        tables = [r for s in statements for r in s["Resource"] if ":table/" in r]
        if other := [resource for resource in tables if wanted not in resource]:
            raise BuildFailed(
                f"{path} grants {other[0]}, but the stage's tables begin with "
                f"{stage.table_prefix!r}; {_MEND}"
            )


def needs(function: str) -> Iterator[Need]:
    """What a function's own code is granted, one action on one resource each."""
    for resource, actions in GRANTS[function].items():
        for action in actions.split():
            yield Need(action, resource)


def allows(function: str, need: Need) -> bool:
    """Whether a function's own code is granted something; names of the stage are left out."""
    granted = _granted(function)
    kind = need.resource.partition("/")[0]
    return need in granted or Need(need.action, f"{kind}/*") in granted


@cache
def _granted(function: str) -> frozenset[Need]:
    return frozenset(needs(function))


def _parameters(stage: Stage, function: str) -> Grants:
    """The parameters that a function's own variables name: the secrets that it may read."""
    own = stage.settings["lambda_functions"][function].get("environment_variables", {})
    start = f"ssm:{stage.parameters}/"
    return {
        f"parameter/{value.removeprefix(start)}": "ssm:GetParameters"
        for value in own.values()
        if value.startswith(start)
    }


def _arn(stage: Stage, resource: str) -> str:
    kind, _, name = resource.partition("/")
    if kind == "table":
        return f"arn:aws:dynamodb:*:*:table/{stage.table_prefix}{name}"
    if kind == "function":
        return f"arn:aws:lambda:*:*:function:{stage.function(name)}"
    if kind == "queue":
        return f"arn:aws:sqs:*:*:{name if name == '*' else f'{stage.prefix}-{name}'}"
    if kind == "topic":
        return f"arn:aws:sns:*:*:{name}"
    if kind == "parameter":
        return f"arn:aws:ssm:*:*:parameter{stage.parameters}/{name}"
    if kind == "identity":
        return f"arn:aws:ses:*:*:identity/{name}"
    if kind == "log":
        return f"arn:aws:logs:*:*:log-group:/aws/lambda/{stage.function(name)}:*"
    raise ValueError(f"a resource of kind {kind!r} has no address here")


def main() -> None:
    """Write the policies of all stages anew, from the grants."""
    for name in Stage.all_names():
        write_all(Stage.named(name), ROOT)


if __name__ == "__main__":
    main()
