"""In amti's way: two environments in the settings, each with its addresses."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import boto3
from botocore.config import Config

ENVS = {
    "live": {
        "region_name": "us-east-1",
        "endpoint_url": "https://mturk-requester.us-east-1.amazonaws.com",
        "worker_url": "https://www.mturk.com/",
    },
    "sandbox": {
        "region_name": "us-east-1",
        "endpoint_url": "https://mturk-requester-sandbox.us-east-1.amazonaws.com",
        "worker_url": "https://workersandbox.mturk.com/",
    },
}


def post(client: Any, worker_url: str) -> dict[str, Any]:
    page = "<!DOCTYPE html><html><body><form><input name='q'></form></body></html>"
    space = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
    kind = client.create_hit_type(
        Title="Label a sentence",
        Description="Label it",
        Keywords="text",
        Reward="0.25",
        AutoApprovalDelayInSeconds=3600,
        AssignmentDurationInSeconds=600,
    )["HITTypeId"]
    hit = client.create_hit_with_hit_type(
        HITTypeId=kind,
        LifetimeInSeconds=3600,
        MaxAssignments=1,
        Question=f'<HTMLQuestion xmlns="{space}/2011-11-11/HTMLQuestion.xsd">'
        f"<HTMLContent><![CDATA[{page}]]></HTMLContent><FrameHeight>0</FrameHeight></HTMLQuestion>",
        UniqueRequestToken="batch-1-line-1",
    )["HIT"]
    link = os.path.join(worker_url, f"mturk/preview?groupId={kind}")
    return {"hit": hit["HITId"], "link": link}


def review(client: Any, hit_id: str) -> dict[str, Any]:
    hit = client.get_hit(HITId=hit_id)["HIT"]
    if hit["HITStatus"] not in ("Reviewable", "Reviewing"):
        return {"incomplete": hit["HITStatus"]}
    client.update_hit_review_status(HITId=hit_id, Revert=False)
    pages = client.get_paginator("list_assignments_for_hit").paginate(HITId=hit_id)
    found = [a for page in pages for a in page["Assignments"]]
    for each in found:
        client.approve_assignment(AssignmentId=each["AssignmentId"], OverrideRejection=False)
    client.delete_hit(HITId=hit_id)
    return {"answers": [a["Answer"] for a in found]}


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    env = ENVS["sandbox"]
    mturk = boto3.Session().client(
        "mturk",
        region_name=env["region_name"],
        endpoint_url=env["endpoint_url"],
        config=Config(retries={"max_attempts": 25}),
    )
    print(json.dumps(post(mturk, env["worker_url"]) if what == "post" else review(mturk, *rest)))
