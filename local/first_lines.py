"""Three lines each for boto3, the AWS CLI and the JavaScript SDK that post a HIT when pasted.

They stand at the beginning of their lines, so that they can be pasted as they are, and work in the
folder of this repository.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from local.functions import REGION

QUESTION = "examples/first-hit/question.xml"
TITLE = "Is this message friendly?"
_DESCRIPTION = "Read a message and say whether it is friendly."


@dataclass(frozen=True, slots=True)
class Lines:
    """What to paste, and what to start before it in the second terminal."""

    what: str
    before: str
    lines: tuple[str, str, str]
    # A file that is there once this can be used, and the command that brings it.
    needs: str = ".venv"
    brought_by: str = "make setup"


def first_lines(endpoint: str, access_key: str, secret_key: str) -> tuple[Lines, Lines, Lines]:
    """For boto3, the AWS CLI and the JavaScript SDK, in this order."""
    # Keys are letters, digits, - and _: the same quotes do in all three languages.
    at, key, secret = (json.dumps(value) for value in (endpoint, access_key, secret_key))
    title, description = json.dumps(TITLE), json.dumps(_DESCRIPTION)
    return (
        Lines(
            "boto3",
            ".venv/bin/python",
            (
                f'import boto3; mturk = boto3.client("mturk", region_name="{REGION}", '
                f"endpoint_url={at}, aws_access_key_id={key}, aws_secret_access_key={secret})",
                f"hit = mturk.create_hit(Title={title}, Description={description}, "
                'Reward="0.05", LifetimeInSeconds=86400, AssignmentDurationInSeconds=600, '
                f'Question=open("{QUESTION}").read())["HIT"]',
                'print(hit["HITId"], mturk.get_account_balance()["AvailableBalance"])',
            ),
        ),
        Lines(
            "AWS CLI",
            "",
            (
                f"export AWS_ENDPOINT_URL_MTURK={endpoint} AWS_DEFAULT_REGION={REGION} "
                f"AWS_ACCESS_KEY_ID={access_key} AWS_SECRET_ACCESS_KEY={secret_key}",
                f".venv/bin/aws mturk create-hit --title {title} --description {description} "
                "--reward 0.05 --lifetime-in-seconds 86400 --assignment-duration-in-seconds 600 "
                f"--question file://{QUESTION} --query HIT.HITId --output text",
                ".venv/bin/aws mturk get-account-balance",
            ),
            needs=".venv/bin/aws",
            brought_by="make setup-deploy",
        ),
        Lines(
            "JavaScript SDK",
            "node",
            (
                'const { CreateHITCommand, MTurkClient } = require("@aws-sdk/client-mturk")',
                f'const mturk = new MTurkClient({{ region: "{REGION}", endpoint: {at}, '
                f"credentials: {{ accessKeyId: {key}, secretAccessKey: {secret} }} }})",
                "console.log((await mturk.send(new CreateHITCommand({ "
                f'Title: {title}, Description: {description}, Reward: "0.05", '
                "LifetimeInSeconds: 86400, AssignmentDurationInSeconds: 600, "
                f'Question: require("node:fs").readFileSync("{QUESTION}", "utf8") '
                "}))).HIT.HITId)",
            ),
            needs="node_modules/@aws-sdk/client-mturk",
        ),
    )
