"""In psiTurk's way: the host stands in the source, and a HIT's state follows from its counters."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import boto3
from botocore.exceptions import ClientError

QUESTION = """<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2006-07-14/ExternalQuestion.xsd">
<ExternalURL>https://experiment.example.org/pub?mode=live</ExternalURL><FrameHeight>600</FrameHeight>
</ExternalQuestion>"""


def connect(is_sandbox: bool) -> Any:
    endpoint_url = "https://mturk-requester.us-east-1.amazonaws.com"
    if is_sandbox:
        endpoint_url = "https://mturk-requester-sandbox.us-east-1.amazonaws.com"
    return boto3.client(
        "mturk",
        region_name="us-east-1",
        aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"],
        endpoint_url=endpoint_url,
    )


def all_hits(client: Any) -> list[dict[str, Any]]:
    pages = client.get_paginator("list_hits").paginate()
    return [
        {
            "id": hit["HITId"],
            "title": hit["Title"],
            "annotation": hit.get("RequesterAnnotation", ""),
            "status": hit["HITStatus"],
            "review": hit["HITReviewStatus"],
            "to_review": hit["MaxAssignments"]
            - hit["NumberOfAssignmentsCompleted"]
            - hit["NumberOfAssignmentsPending"]
            - hit["NumberOfAssignmentsAvailable"],
            "expires": hit["Expiration"].isoformat(),
        }
        for page in pages
        for hit in page["HITs"]
    ]


def post(client: Any) -> dict[str, Any]:
    wanted = [
        {
            "QualificationTypeId": "000000000000000000L0",
            "Comparator": "GreaterThanOrEqualTo",
            "IntegerValues": [95],
        },
        {
            "QualificationTypeId": "00000000000000000040",
            "Comparator": "GreaterThanOrEqualTo",
            "IntegerValues": [0],
        },
        {
            "QualificationTypeId": "00000000000000000071",
            "Comparator": "EqualTo",
            "LocaleValues": [{"Country": "US"}],
        },
    ]
    hit_type = client.create_hit_type(
        Title="Stroop task",
        Description="Judge the colour of a series of words",
        Reward="1.00",
        AssignmentDurationInSeconds=2 * 3600,
        Keywords="perception, psychology",
        QualificationRequirements=wanted,
    )
    hit = client.create_hit_with_hit_type(
        HITTypeId=hit_type["HITTypeId"],
        MaxAssignments=9,
        LifetimeInSeconds=24 * 3600,
        Question=QUESTION,
        RequesterAnnotation="experiment 1",
    )["HIT"]
    return {"hit": hit["HITId"], "hits": all_hits(client)}


def review(client: Any, hit_id: str) -> dict[str, Any]:
    before = all_hits(client)
    pages = client.get_paginator("list_assignments_for_hit").paginate(
        HITId=hit_id, AssignmentStatuses=["Submitted"]
    )
    paid = []
    for found in [a for page in pages for a in page["Assignments"]]:
        ids = {"AssignmentId": found["AssignmentId"]}
        client.approve_assignment(**ids)
        bonus = {"WorkerId": found["WorkerId"], "BonusAmount": "0.50", "Reason": "Bonus", **ids}
        client.send_bonus(**bonus)
        paid.append(found["WorkerId"])
    try:
        client.approve_assignment(**ids)
        again = ""
    except ClientError as error:
        again = error.response["Error"]["Message"]
    return {"before": before, "paid": paid, "again": again}


if __name__ == "__main__":
    what, *rest = [word for word in sys.argv[1:] if word != "--sandbox"]
    mturk = connect("--sandbox" in sys.argv)
    print(json.dumps(post(mturk) if what == "post" else review(mturk, *rest)))
