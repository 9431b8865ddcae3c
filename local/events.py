"""Events as AWS makes them: REST proxy (1.0), Function URL (2.0), EventBridge's schedule."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from local.functions import ACCOUNT_ID, REGION
from local.http_server import Request
from local.routing import Match

API_ID = "local"
STAGE = "api"

Event = dict[str, Any]


def rest_event(
    request: Request, match: Match, path: str, binary_types: Sequence[str], now_ms: int
) -> Event:
    """A REST API's proxy event; `path` is the request's path without the stage."""
    headers = _with_forwarding(request)
    query = parse_qsl(request.query, keep_blank_values=True)
    binary = _is_binary(request.header("content-type"), binary_types)
    body: str | None = None
    if request.body:
        text = base64.b64encode(request.body) if binary else request.body
        body = text.decode("utf-8", "replace")
    return {
        "resource": match.route,
        "path": unquote(path),
        "httpMethod": request.method,
        "headers": dict(headers),
        "multiValueHeaders": _grouped(headers),
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": _grouped(query) or None,
        "pathParameters": match.params or None,
        "stageVariables": None,
        "requestContext": {
            "accountId": ACCOUNT_ID,
            "apiId": API_ID,
            "deploymentId": "local",
            "domainName": _host_name(request),
            "domainPrefix": _host_name(request).split(".")[0],
            "extendedRequestId": uuid.uuid4().hex[:15] + "=",
            "httpMethod": request.method,
            "identity": {
                "accessKey": None,
                "accountId": None,
                "caller": None,
                "cognitoAuthenticationProvider": None,
                "cognitoAuthenticationType": None,
                "cognitoIdentityId": None,
                "cognitoIdentityPoolId": None,
                "principalOrgId": None,
                "sourceIp": request.peer,
                "user": None,
                "userAgent": request.header("user-agent"),
                "userArn": None,
            },
            "path": f"/{STAGE}{path}",
            "protocol": "HTTP/1.1",
            "requestId": str(uuid.uuid4()),
            "requestTime": _clf_time(now_ms),
            "requestTimeEpoch": now_ms,
            "resourceId": "local",
            "resourcePath": match.route,
            "stage": STAGE,
        },
        "body": body,
        "isBase64Encoded": binary and body is not None,
    }


def function_url_event(request: Request, now_ms: int) -> Event:
    """A Function URL's event, payload format 2.0."""
    path = request.path or "/"
    headers: dict[str, str] = {}
    for name, value in _with_forwarding(request):
        key = name.lower()
        headers[key] = f"{headers[key]},{value}" if key in headers else value
    cookies = [c.strip() for c in headers.pop("cookie", "").split(";") if c.strip()]
    query: dict[str, str] = {}
    for key, value in parse_qsl(request.query, keep_blank_values=True):
        query[key] = f"{query[key]},{value}" if key in query else value
    event: Event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": {
            "accountId": "anonymous",
            "apiId": API_ID,
            "domainName": request.header("host") or "",
            "domainPrefix": API_ID,
            "http": {
                "method": request.method,
                "path": unquote(path),
                "protocol": "HTTP/1.1",
                "sourceIp": request.peer,
                "userAgent": request.header("user-agent") or "",
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": "$default",
            "stage": "$default",
            "time": _clf_time(now_ms),
            "timeEpoch": now_ms,
        },
        "isBase64Encoded": False,
    }
    if cookies:
        event["cookies"] = cookies
    if query:
        event["queryStringParameters"] = query
    if request.body:
        binary = not _is_plain_text(request.header("content-type"))
        text = base64.b64encode(request.body) if binary else request.body
        event["body"] = text.decode("utf-8", "replace")
        event["isBase64Encoded"] = binary
    return event


def schedule_event(rule: str, now_ms: int) -> Event:
    """What EventBridge sends when a rule's time has come."""
    at = datetime.fromtimestamp(now_ms // 1000, UTC)
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT_ID,
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT_ID}:rule/{rule}"],
        "detail": {},
    }


def sqs_event(messages: Iterable[tuple[str, str]], queue: str) -> Event:
    """What Lambda hands over of a queue: (id, body) of each message."""
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{queue}"
    return {
        "Records": [
            {
                "messageId": number,
                "receiptHandle": number,
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "md5OfBody": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest(),
                "eventSource": "aws:sqs",
                "eventSourceARN": arn,
                "awsRegion": REGION,
            }
            for number, body in messages
        ]
    }


def is_signature_v4(value: str) -> bool:
    """Whether an Authorization header holds what API Gateway drops."""
    return value.lstrip().startswith("AWS4-")


def _with_forwarding(request: Request) -> list[tuple[str, str]]:
    return [
        *request.headers,
        ("X-Amzn-Trace-Id", f"Root=1-{uuid.uuid4().hex[:8]}-{uuid.uuid4().hex[:24]}"),
        ("X-Forwarded-For", request.peer),
        ("X-Forwarded-Port", (request.header("host") or "").rpartition(":")[2] or "80"),
        ("X-Forwarded-Proto", "http"),
    ]


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for key, value in pairs:
        grouped.setdefault(key, []).append(value)
    return grouped


def _host_name(request: Request) -> str:
    return (request.header("host") or "").partition(":")[0]


def _media_type(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()


def _is_binary(content_type: str | None, binary_types: Sequence[str]) -> bool:
    media = _media_type(content_type)
    kinds = {media, media.partition("/")[0] + "/*"}
    return bool(media) and not kinds.isdisjoint(binary_types)


def _is_plain_text(content_type: str | None) -> bool:
    # Lambda encodes everything else, among it forms and application/x-amz-json-1.1.
    media = _media_type(content_type)
    return (
        media.startswith("text/")
        or media in {"application/json", "application/xml", "application/javascript"}
        or media.endswith(("+json", "+xml"))
    )


def _clf_time(now_ms: int) -> str:
    return datetime.fromtimestamp(now_ms // 1000, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
