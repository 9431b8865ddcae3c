"""In oTree's way: no library, a signature of its own, and every answer read as JSON."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import sys
import time
import urllib.error
import urllib.request
from typing import Any

SERVICE, REGION = "mturk-requester", "us-east-1"
KIND = "application/x-amz-json-1.1"
SIGNED = "content-type;host;x-amz-date;x-amz-target"


def call(operation: str, parameters: dict[str, Any], use_sandbox: bool = False) -> Any:
    if use_sandbox:
        host = "mturk-requester-sandbox.us-east-1.amazonaws.com"
    else:
        host = "mturk-requester.us-east-1.amazonaws.com"
    endpoint = f"https://{host}"
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    target = f"MTurkRequesterServiceV20170117.{operation}"
    body = json.dumps(parameters).encode()
    headers = f"content-type:{KIND}\nhost:{host}\nx-amz-date:{now}\nx-amz-target:{target}\n"
    digest = hashlib.sha256(body).hexdigest()
    canonical = "\n".join(["POST", "/", "", headers, SIGNED, digest])
    scope = f"{now[:8]}/{REGION}/{SERVICE}/aws4_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashed])
    key = f"AWS4{os.environ['AWS_SECRET_ACCESS_KEY']}".encode()
    for part in (now[:8], REGION, SERVICE, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    credential = f"{os.environ['AWS_ACCESS_KEY_ID']}/{scope}"
    request = urllib.request.Request(
        endpoint,
        body,
        {
            "Content-Type": KIND,
            "X-Amz-Date": now,
            "X-Amz-Target": target,
            "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, "
            f"SignedHeaders={SIGNED}, Signature={signature}",
        },
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            raise RuntimeError(json.loads(error.read().decode())) from None


def post() -> dict[str, Any]:
    space = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
    hit = call(
        "CreateHIT",
        {
            "Title": "A study",
            "Description": "Take part in a study",
            "Keywords": "bonus, study",
            "Question": f'<ExternalQuestion xmlns="{space}/2006-07-14/ExternalQuestion.xsd">'
            "<ExternalURL>https://study.example.org/MTurkStart/abc</ExternalURL>"
            "<FrameHeight>500</FrameHeight></ExternalQuestion>",
            "MaxAssignments": 2,
            "Reward": str(float("0.75")),
            "QualificationRequirements": [],
            "AssignmentDurationInSeconds": 3600,
            "LifetimeInSeconds": 7 * 24 * 3600,
            "UniqueRequestToken": "otree_abc",
        },
    )["HIT"]
    link = f"https://worker.mturk.com/mturk/preview?groupId={hit['HITGroupId']}"
    return {"hit": hit["HITId"], "expires": hit["Expiration"], "link": link}


def review(hit_id: str) -> dict[str, Any]:
    found = call("ListAssignmentsForHIT", {"HITId": hit_id, "MaxResults": 100})["Assignments"]
    good, bad = found
    said = [
        call("ApproveAssignment", {"AssignmentId": good["AssignmentId"]}),
        call("RejectAssignment", {"AssignmentId": bad["AssignmentId"], "RequesterFeedback": ""}),
        call(
            "SendBonus",
            {
                "WorkerId": good["WorkerId"],
                "AssignmentId": good["AssignmentId"],
                "BonusAmount": "1.25",
                "Reason": "Thank you",
                "UniqueRequestToken": "abc_bonus",
            },
        ),
        call("UpdateExpirationForHIT", {"HITId": hit_id, "ExpireAt": 0}),
    ]
    try:
        call("GetHIT", {"HITId": "3NOSUCHHIT"})
        refused: Any = None
    except RuntimeError as error:
        refused = error.args[0]
    return {"said": said, "refused": refused}


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    print(json.dumps(post() if what == "post" else review(*rest)))
