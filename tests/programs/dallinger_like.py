"""In Dallinger's way: a host made from a template, tokens, and refusals told by their text."""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import ClientError

QUESTION = (
    '<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/'
    'AWSMechanicalTurkDataSchemas/2006-07-14/ExternalQuestion.xsd">'
    "<ExternalURL>https://experiment.example.org/ad?recruiter=mturk</ExternalURL>"
    "<FrameHeight>600</FrameHeight></ExternalQuestion>"
)


def connect(is_sandbox: bool) -> Any:
    template = "https://mturk-requester{}.{}.amazonaws.com"
    session = boto3.session.Session(
        aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"],
        region_name="us-east-1",
    )
    host = template.format("-sandbox" if is_sandbox else "", "us-east-1")
    return session.client("mturk", endpoint_url=host, region_name="us-east-1")


def is_ok(response: dict[str, Any]) -> bool:
    return (
        response == {"ResponseMetadata": response["ResponseMetadata"]}
        and response["ResponseMetadata"]["HTTPStatusCode"] == 200
    )


def type_by_name(client: Any, name: str) -> str:
    """Search in capitals, wait for the index, insist on the very name."""
    wanted = name.upper()
    for _ in range(10):
        found = client.list_qualification_types(
            Query=wanted, MustBeRequestable=False, MustBeOwnedByCaller=True, MaxResults=2
        )["QualificationTypes"]
        for kind in found:
            if kind["Name"].upper() == wanted:
                return str(kind["QualificationTypeId"])
        time.sleep(1)
    raise AssertionError("the type is not listed")


def post(client: Any, queue: str) -> dict[str, Any]:
    client.create_qualification_type(
        Name="group-1", Description="Took part", QualificationTypeStatus="Active"
    )
    type_id = type_by_name(client, "group-1")
    hit_type = client.create_hit_type(
        Title="Bartlett 1932",
        Description="Recall a story",
        Reward=f"{1.0:.2f}",
        AssignmentDurationInSeconds=int(timedelta(hours=1).total_seconds()),
        Keywords="psychology,memory",
        AutoApprovalDelayInSeconds=0,
        QualificationRequirements=[
            {
                "QualificationTypeId": "000000000000000000L0",
                "Comparator": "GreaterThanOrEqualTo",
                "IntegerValues": [95],
                "RequiredToPreview": True,
            },
            {
                "QualificationTypeId": type_id,
                "Comparator": "DoesNotExist",
                "RequiredToPreview": True,
            },
        ],
    )["HITTypeId"]
    client.update_notification_settings(
        HITTypeId=hit_type,
        Notification={
            "Destination": queue,
            "Transport": "SQS",
            "Version": "2014-08-15",
            "EventTypes": ["AssignmentAccepted", "AssignmentSubmitted", "HITReviewable"],
        },
        Active=True,
    )
    asked = {
        "HITTypeId": hit_type,
        "Question": QUESTION,
        "LifetimeInSeconds": int(timedelta(days=1).total_seconds()),
        "MaxAssignments": 1,
        "UniqueRequestToken": "experiment-1",
        "RequesterAnnotation": "experiment-1",
    }
    hit = client.create_hit_with_hit_type(**asked)["HIT"]
    try:
        client.create_hit_with_hit_type(**asked)
        again = ""
    except ClientError as error:
        again = str(error)
    later = hit["Expiration"] + timedelta(hours=1)
    more = client.create_additional_assignments_for_hit(
        HITId=hit["HITId"], NumberOfAdditionalAssignments=1, UniqueRequestToken="more-1"
    )
    longer = client.update_expiration_for_hit(HITId=hit["HITId"], ExpireAt=later)
    try:
        client.update_expiration_for_hit(HITId=hit["HITId"], ExpireAt=later)
        twice = ""
    except ClientError as error:
        twice = str(error)
    return {
        "hit": hit["HITId"],
        "type": type_id,
        "ok": [is_ok(more), is_ok(longer)],
        "again": again,
        "twice": twice,
        "link": f"https://workersandbox.mturk.com/projects/{hit_type}/tasks",
    }


def review(client: Any, hit_id: str, type_id: str) -> dict[str, Any]:
    [found] = client.list_assignments_for_hit(HITId=hit_id)["Assignments"]
    worker = {"QualificationTypeId": type_id, "WorkerId": found["WorkerId"]}
    try:
        client.get_qualification_score(**worker)
        lacking = ""
    except ClientError as error:
        lacking = str(error)
    given = client.associate_qualification_with_worker(
        **worker, IntegerValue=1, SendNotification=False
    )
    score = client.get_qualification_score(**worker)["Qualification"]["IntegerValue"]
    taken = client.disassociate_qualification_from_worker(**worker, Reason="")
    try:
        client.get_qualification_score(**worker)
        revoked = ""
    except ClientError as error:
        revoked = str(error)
    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=datetime(2015, 1, 1, tzinfo=UTC))
    client.delete_hit(HITId=hit_id)
    try:
        client.delete_hit(HITId=hit_id)
        gone = ""
    except ClientError as error:
        gone = str(error)
    return {
        "status": found["AssignmentStatus"],
        "lacking": lacking,
        "ok": [is_ok(given), is_ok(taken)],
        "score": score,
        "revoked": revoked,
        "gone": gone,
    }


if __name__ == "__main__":
    what, *rest = [word for word in sys.argv[1:] if word != "--sandbox"]
    mturk = connect("--sandbox" in sys.argv)
    print(json.dumps(post(mturk, *rest) if what == "post" else review(mturk, *rest)))
