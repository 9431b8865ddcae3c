"""Signature Version 4 over a request as it came: path, headers and bytes.

The canonical form is botocore's, so that it is the one that clients use.
"""

from __future__ import annotations

import calendar
import hashlib
import hmac
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

MAX_SKEW_MS = 300_000
REQUIRED_HEADERS = frozenset({"host", "x-amz-date", "x-amz-target"})

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=(?P<key>\w{1,128})/(?P<day>[0-9]{8})/(?P<region>[a-z0-9-]{1,64})"
    r"/(?P<service>[a-z0-9-]{1,64})/aws4_request, *SignedHeaders=(?P<headers>[a-z0-9;-]{1,1024})"
    r", *Signature=(?P<signature>[0-9a-f]{64})",
    re.ASCII,
)


class SignatureRefused(Exception):
    """A request is not signed, or not rightly; `code` is the one that AWS answers."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came in; header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


def verify(request: Request, service: str, now_ms: int, secret_of: Callable[[str], str]) -> str:
    """Return the access key that signed the request; raises `SignatureRefused`.

    Whether the key is known and valid is the caller's to find out.
    """
    given = request.headers.get("authorization", "")
    if not given:
        raise SignatureRefused(
            "MissingAuthenticationTokenException", "The request has no Authorization header."
        )
    match = _AUTHORIZATION.fullmatch(given.strip())
    if match is None:
        raise SignatureRefused(
            "IncompleteSignatureException",
            "The Authorization header does not hold a Signature Version 4.",
        )
    names = match["headers"].split(";")
    stamp = request.headers.get("x-amz-date", "")
    _check_headers(request, names)
    _check_time(stamp, match["day"], now_ms)
    if match["service"] != service:
        raise SignatureRefused(
            "InvalidSignatureException", f"Credential should be scoped to the service {service}."
        )
    _check_body(request)
    signer = _Signer(Credentials(match["key"], secret_of(match["key"])), service, match["region"])
    expected = signer.signature_of(request, names, stamp)
    if not hmac.compare_digest(expected, match["signature"]):
        raise SignatureRefused(
            "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided. "
            "Check your secret access key and signing method.",
        )
    return match["key"]


def _check_headers(request: Request, names: list[str]) -> None:
    if missing := sorted(REQUIRED_HEADERS - set(names)):
        raise SignatureRefused(
            "IncompleteSignatureException", f"The header {missing[0]} must be signed."
        )
    if absent := sorted(name for name in names if name not in request.headers):
        raise SignatureRefused(
            "InvalidSignatureException", f"The signed header {absent[0][:64]} is not there."
        )


def _check_time(stamp: str, day: str, now_ms: int) -> None:
    try:
        parsed = time.strptime(stamp, "%Y%m%dT%H%M%SZ") if len(stamp) == 16 else None
    except ValueError:
        parsed = None
    if parsed is None or not stamp.isascii() or stamp[:8] != day:
        raise SignatureRefused(
            "IncompleteSignatureException", "X-Amz-Date and the credential's date do not fit."
        )
    if abs(calendar.timegm(parsed) * 1000 - now_ms) > MAX_SKEW_MS:
        raise SignatureRefused(
            "InvalidSignatureException",
            f"Signature expired or not yet current: {stamp} is more than 5 minutes from now.",
        )


def _check_body(request: Request) -> None:
    # A client may name the body's hash; UNSIGNED-PAYLOAD and the like are not accepted.
    named = request.headers.get("x-amz-content-sha256")
    if named is not None and named != hashlib.sha256(request.body).hexdigest():
        raise SignatureRefused(
            "InvalidSignatureException", "X-Amz-Content-Sha256 is not the hash of the body."
        )


class _Signer(SigV4Auth):
    """botocore's signer, told which headers were signed and when."""

    def signature_of(self, request: Request, names: list[str], stamp: str) -> str:
        url = f"https://endpoint{request.path}"
        if request.query:
            url += f"?{request.query}"
        headers = {name: request.headers[name] for name in names}
        aws = AWSRequest(request.method, url, headers=headers, data=request.body)
        aws.context["timestamp"] = stamp
        return str(self.signature(self.string_to_sign(aws, self.canonical_request(aws)), aws))

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        return request.headers
