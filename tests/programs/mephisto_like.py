"""In Mephisto's way: a profile's session, and for its sandbox a host of its own.

Qualifications are found by the beginning of an error's text; its host tells what a client is.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import boto3
from botocore.exceptions import ClientError

SANDBOX_ENDPOINT = "https://mturk-requester-sandbox.us-east-1.amazonaws.com"
EXISTS = "You have already created a QualificationType with this name."
PAGE = """<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2006-07-14/ExternalQuestion.xsd">
  <ExternalURL>https://example.org/task?a=1&amp;b=2</ExternalURL>
  <FrameHeight>650</FrameHeight>
</ExternalQuestion>
"""


def make_client(sandbox: bool) -> Any:
    session = boto3.Session(profile_name="mephisto", region_name="us-east-1")
    if sandbox:
        return session.client("mturk", endpoint_url=SANDBOX_ENDPOINT)
    return session.client("mturk")


def find_or_create_qualification(client: Any, name: str) -> str:
    try:
        made = client.create_qualification_type(
            Name=name, Description="Blocked from a task", QualificationTypeStatus="Active"
        )
        return str(made["QualificationType"]["QualificationTypeId"])
    except client.exceptions.RequestError as error:
        if not error.response["Message"].startswith(EXISTS):
            raise
    found = client.list_qualification_types(
        Query=name, MustBeRequestable=True, MustBeOwnedByCaller=True
    )
    for kind in found["QualificationTypes"]:
        if kind["Name"] == name:
            return str(kind["QualificationTypeId"])
    raise AssertionError("the type is not listed")


def post(client: Any) -> dict[str, Any]:
    first = find_or_create_qualification(client, "task blocks")
    second = find_or_create_qualification(client, "task blocks")
    hit_type = client.create_hit_type(
        AutoApprovalDelayInSeconds=2_592_000,
        AssignmentDurationInSeconds=1800,
        Reward=str(0.05),
        Title="Talk with somebody",
        Keywords="chat,talk",
        Description="Talk for a minute",
        QualificationRequirements=[
            {
                "QualificationTypeId": first,
                "Comparator": "DoesNotExist",
                "ActionsGuarded": "DiscoverPreviewAndAccept",
            }
        ],
    )
    hit = client.create_hit_with_hit_type(
        HITTypeId=hit_type["HITTypeId"],
        MaxAssignments=1,
        LifetimeInSeconds=86_400,
        Question=PAGE,
    )["HIT"]
    return {
        "hit": hit["HITId"],
        "same": first == second,
        "sandbox": client._endpoint.host == SANDBOX_ENDPOINT,
        "balance": float(client.get_account_balance()["AvailableBalance"]),
        "link": f"https://worker.mturk.com/mturk/preview?groupId={hit['HITGroupId']}",
    }


def review(client: Any, hit_id: str) -> dict[str, Any]:
    [found] = client.list_assignments_for_hit(
        HITId=hit_id, AssignmentStatuses=["Submitted", "Approved", "Rejected"]
    )["Assignments"]
    client.approve_assignment(AssignmentId=found["AssignmentId"])
    client.send_bonus(
        WorkerId=found["WorkerId"],
        BonusAmount="0.10",
        AssignmentId=found["AssignmentId"],
        Reason="Well talked",
        UniqueRequestToken=f"{found['AssignmentId']}-bonus",
    )
    told = client.notify_workers(
        Subject="Thank you", MessageText="Come back", WorkerIds=[found["WorkerId"]]
    )
    try:
        client.get_assignment(AssignmentId="3NEVERACCEPTED")
        unknown = ""
    except ClientError as error:
        unknown = str(error)
    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    client.delete_hit(HITId=hit_id)
    return {"failed": told["NotifyWorkersFailureStatuses"], "unknown": unknown}


if __name__ == "__main__":
    what, *rest = [word for word in sys.argv[1:] if word != "--sandbox"]
    mturk = make_client("--sandbox" in sys.argv)
    print(json.dumps(post(mturk) if what == "post" else review(mturk, *rest)))
