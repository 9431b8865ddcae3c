"""Each function's IAM policy, made from what `grants.py` says it may do.

Chalice adds nothing to a policy that is given: what the Lambda service itself does in a function's
name, writing its logs and emptying its queue, is in it too.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from operate.build import BuildFailed
from operate.grants import GRANTS, MAILS, OF_THE_SERVICE, REQUESTERS, Grants
from operate.stages import ROOT, Stage

FOLDER = Path(".chalice") / "policies"
_TABLE = ":table/"
_MEND = "`python -m operate.policies` writes the policies of all stages"


ELSEWHERE = {"StringNotEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}
"""In no case in the account that the role is of, whichever that is."""


def policy(stage: Stage, function: str) -> dict[str, Any]:
    """The policy document of one function."""
    by_actions: dict[tuple[bool, tuple[str, ...]], list[str]] = {}
    for resource, actions in sorted(granted(stage, function).items()):
        key = resource.startswith(REQUESTERS), tuple(sorted(actions.split()))
        by_actions.setdefault(key, []).append(arn(stage, resource.removeprefix(REQUESTERS)))
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": list(actions),
                "Resource": resources,
                **({"Condition": ELSEWHERE} if elsewhere else {}),
            }
            for (elsewhere, actions), resources in by_actions.items()
        ],
    }


def granted(stage: Stage, function: str) -> Grants:
    """All that a function may do on a stage, as `grants.py` writes it: its own calls, what the
    service does in its name, and what the stage's configuration has it do."""
    own = GRANTS[function]
    return (
        OF_THE_SERVICE[function]
        | own
        | _parameters(stage, function)
        | _mail(stage, function)
        | {
            one: actions
            for one in stage.own_destinations
            if (actions := own.get(f"{REQUESTERS}{one.partition('/')[0]}/*"))
        }
    )


def write_all(stage: Stage, root: Path) -> None:
    """Write the files that `.chalice/config.json` names."""
    folder = root / FOLDER / stage.name
    folder.mkdir(parents=True, exist_ok=True)
    for function in GRANTS:
        text = json.dumps(policy(stage, function), indent=1)
        (folder / f"{function}.json").write_text(text + "\n")


def check_files(stage: Stage) -> None:
    """Raise `BuildFailed` where a file is not what grants and configuration make now: calls of the
    functions would be refused, or more allowed than is meant."""
    wanted = f":table/{stage.table_prefix}"
    for function in GRANTS:
        path = file_of(stage, function)
        try:
            written = json.loads(path.read_text())
        except FileNotFoundError:
            raise BuildFailed(f"{path} is missing; {_MEND}") from None
        tables = [r for s in written["Statement"] for r in s["Resource"] if ":table/" in r]
        if other := [resource for resource in tables if wanted not in resource]:
            raise BuildFailed(
                f"{path} grants {other[0]}, but the stage's tables begin with "
                f"{stage.table_prefix!r}; {_MEND}"
            )
        if written != policy(stage, function):
            raise BuildFailed(
                f"{path} is not what operate/grants.py and .chalice/config.json ask for; {_MEND}"
            )


def file_of(stage: Stage, function: str) -> Path:
    """Where a function's policy lies."""
    return stage.root / FOLDER / stage.name / f"{function}.json"


def rename_tables(folder: Path, old: str, new: str) -> None:
    """Have policies that were written for tables of one prefix grant those of another."""
    for path in folder.glob("*.json"):
        path.write_text(path.read_text().replace(f"{_TABLE}{old}", f"{_TABLE}{new}"))


def of_the_service(stage: Stage, function: str) -> set[tuple[str, str]]:
    """Actions and resources that no code of ours asks for."""
    return {
        (action, arn(stage, resource))
        for resource, actions in OF_THE_SERVICE[function].items()
        for action in actions.split()
    }


def _mail(stage: Stage, function: str) -> Grants:
    """What sending by SES needs, of the function that sends: the sender's own identity, or that of
    its domain."""
    sender = stage.mail_sender
    if sender is None or function != MAILS:
        return {}
    names = (sender, sender.partition("@")[2])
    return {f"identity/{name}": "ses:SendEmail ses:SendRawEmail" for name in names}


def _parameters(stage: Stage, function: str) -> Grants:
    """The parameters that a function's own variables name: the secrets that it may read."""
    own = stage.settings["lambda_functions"][function].get("environment_variables", {})
    start = f"ssm:{stage.parameters}/"
    return {
        f"parameter/{value.removeprefix(start)}": "ssm:GetParameters"
        for value in own.values()
        if value.startswith(start)
    }


def arn(stage: Stage, resource: str) -> str:
    """A resource's ARN on a stage, in any region and account."""
    kind, _, name = resource.partition("/")
    if kind == "table":
        return f"arn:aws:dynamodb:*:*:table/{stage.table_prefix}{name}"
    if kind == "function":
        return f"arn:aws:lambda:*:*:function:{stage.function(name)}"
    if kind == "queue":
        return f"arn:aws:sqs:*:*:{f'{stage.prefix}-{name}' if name == 'events' else name}"
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
