"""The token in the address of a requester's page that the marketplace serves.

A frame sends neither cookie nor header, so its address alone must say that this worker may see this
page. The token is a MAC over what else the address says: with another id in it, it fits no more.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode

PAGE_PATH = "market/page"
HELPER_PATH = "market/externalHIT_v1.js"
SUBMIT_PATH = "mturk/externalSubmit"


def token(master_key: str, assignment_id: str, hit_id: str, worker_id: str) -> str:
    """43 URL-safe characters; of a preview, with the protocol's word for none and no worker."""
    # JSON keeps the values apart; the first one keeps the token from being any other MAC of ours.
    signed = json.dumps(["frame", assignment_id, hit_id, worker_id]).encode()
    digest = hmac.new(master_key.encode(), signed, hashlib.sha256).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def is_genuine(
    given: str, master_key: str, assignment_id: str, hit_id: str, worker_id: str
) -> bool:
    expected = token(master_key, assignment_id, hit_id, worker_id)
    return bool(master_key) and hmac.compare_digest(expected.encode(), given.encode())
