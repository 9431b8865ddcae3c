"""The requester protocol's endpoint: a Lambda function behind a Function URL (payload 2.0).

It is not a route of API Gateway, which drops an Authorization header that holds a Signature V4.
"""

from __future__ import annotations

import base64
import json
import logging
import re
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chalicelib.kit import logs
from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.kit.strict_json import NotJson, parse_json
from chalicelib.kit.trail import note_objects
from chalicelib.marketplace.api import session_operations, signature
from chalicelib.marketplace.api.operations import OPERATIONS
from chalicelib.marketplace.api.signature import Request, SignatureRefused
from chalicelib.marketplace.domain.errors import (
    InvalidParameter,
    KeyRefused,
    NotSupported,
    RequestRefused,
    SwitchedOff,
)
from chalicelib.mturk import model

if TYPE_CHECKING:
    from chalicelib.marketplace.container import Marketplace

JSON_1_1 = "application/x-amz-json-1.1"
MAX_BODY = 512 * 1024

_log = logging.getLogger("retainer.marketplace.protocol")

# A browser's SDK asks before it signs.
_FAULT = "The marketplace is temporarily unable to process your request. Try again."

_CORS = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "x-amzn-requestid,x-amzn-errortype,date",
}
_PREFLIGHT = {
    **_CORS,
    "access-control-allow-methods": "POST",
    "access-control-allow-headers": (
        "authorization,content-type,x-amz-date,x-amz-target,x-amz-user-agent,x-amz-content-sha256,"
        "x-amz-security-token,amz-sdk-invocation-id,amz-sdk-request"
    ),
    "access-control-max-age": "86400",
}


_KEY = re.compile(r"Credential=(RK[A-Z0-9]{18})/", re.ASCII)

# As operate/template/carry_signature.js names them.
_CARRIED_HOST = "x-retainer-host"
_CARRIED_SIGNATURE = "x-retainer-authorization"


_OBJECTS = {
    "HITId": "hit",
    "HITTypeId": "hitType",
    "AssignmentId": "assignment",
    "WorkerId": "worker",
    "WorkerIds": "worker",
    "QualificationTypeId": "qualificationType",
    "QualificationRequestId": "qualificationRequest",
    "SessionId": "session",
}
"""What a request may be about, by its parameters' names."""


class _WireError(Exception):
    """An error of the endpoint itself, before any operation."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


def handle(event: Mapping[str, Any], context: object, market: Marketplace) -> dict[str, Any]:
    """Answer one request; never raises."""
    request_id = str(logs.current().get("requestId") or uuid.uuid4())
    if _method(event) == "OPTIONS":
        return _response(204, {**_PREFLIGHT}, "", request_id)
    operation = ""
    line: dict[str, str | int | None] = {"requestId": request_id}
    try:
        request = _request(event, market.config.front_host)
        operation = _operation(request)
        access_key, account_id = _account(request, market)
        line |= {"account": account_id, "accessKey": access_key}
        answer = _answer(market, account_id, operation, request)
        response = _response(200, {**_CORS, "content-type": JSON_1_1}, answer, request_id)
    except RequestRefused as refused:
        message = f"{refused.message} ({market.clock.now_ms()}) {refused.obstacle}".rstrip()
        response = _error(400, refused.type_name, message, refused.turk_code, request_id)
        line["why"] = refused.turk_code or refused.type_name
    except (SignatureRefused, _WireError) as error:
        status = error.status if isinstance(error, _WireError) else 400
        # What the refusal says is ours, and names no secret; whose key it was is not proved.
        line |= {"why": f"{error.code}: {error}", "claimedKey": _claimed_key(event)}
        response = _error(status, error.code, str(error), None, request_id)
    except StoreUnavailable as error:
        # Every SDK asks again by itself after this one.
        _log.error("unavailable", extra={"requestId": request_id, "why": str(error)})
        response = _error(500, "ServiceFault", _FAULT, None, request_id)
    except Exception:
        _log.exception("fault", extra={"requestId": request_id})
        response = _error(500, "ServiceFault", _FAULT, None, request_id)
    line |= {"operation": operation, "status": response["statusCode"]}
    _log.info("request", extra=line)
    return response


def switched_off() -> dict[str, Any]:
    """The answer to everything where configuration has no marketplace."""
    return _error(404, "MarketplaceSwitchedOff", str(SwitchedOff()), None, str(uuid.uuid4()))


def _method(event: Mapping[str, Any]) -> str:
    return str(event.get("requestContext", {}).get("http", {}).get("method", ""))


def _claimed_key(event: Mapping[str, Any]) -> str | None:
    """Return the access key that a refused request names; only what looks like one of ours, since
    people paste their secret into the wrong place."""
    headers = {str(k).lower(): str(v) for k, v in (event.get("headers") or {}).items()}
    given = headers.get(_CARRIED_SIGNATURE) or headers.get("authorization") or ""
    found = _KEY.search(given[:1_000])
    return None if found is None else found[1]


def _request(event: Mapping[str, Any], front_host: str) -> Request:
    """The request as it was sent, also where a host in front of us carried its signature."""
    body: str = event.get("body") or ""
    try:
        raw = (
            base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
        )
    except ValueError:
        raise _WireError("SerializationException", "The body cannot be read.") from None
    if len(raw) > MAX_BODY:
        raise _WireError(
            "RequestEntityTooLargeException", f"A request has at most {MAX_BODY} bytes.", 413
        )
    return Request(
        method=_method(event),
        path=str(event.get("rawPath") or "/"),
        query=str(event.get("rawQueryString") or ""),
        headers=_as_sent(event.get("headers") or {}, front_host),
        body=raw,
    )


def _as_sent(given: Mapping[str, str], front_host: str) -> dict[str, str]:
    """The headers as the client signed them.

    A signature that was made for another host than the configured one is not taken: it may have
    been caught elsewhere.
    """
    headers = {name.lower(): value for name, value in given.items()}
    if front_host and headers.get(_CARRIED_HOST) == front_host:
        headers["host"] = front_host
        if carried := headers.get(_CARRIED_SIGNATURE):
            headers["authorization"] = carried
    return headers


def _operation(request: Request) -> str:
    if request.method != "POST" or request.path != "/":
        raise _WireError("UnknownOperationException", "Requests are POST requests to /.", 404)
    prefix, _, name = request.headers.get("x-amz-target", "").partition(".")
    if prefix == session_operations.PREFIX and name in session_operations.OPERATIONS:
        return f"{prefix}.{name}"
    if prefix != model.target_prefix() or name not in model.operation_names():
        raise _WireError("UnknownOperationException", "X-Amz-Target names no known operation.")
    return name


def _account(request: Request, market: Marketplace) -> tuple[str, str]:
    """Return the access key that signed a request, and whose it is."""
    accounts = market.accounts
    now_ms = market.clock.now_ms()
    access_key = signature.verify(request, model.signing_name(), now_ms, accounts.secret_of)
    try:
        return access_key, accounts.account_of(access_key)
    except KeyRefused:
        raise _WireError(
            "UnrecognizedClientException", "The access key in the request is not valid."
        ) from None


def _answer(market: Marketplace, account_id: str, operation: str, request: Request) -> str:
    parameters = _parameters(request)
    _note_objects(parameters)
    prefix, _, own = operation.rpartition(".")
    if prefix == session_operations.PREFIX:
        given = _without_nulls(parameters)
        answered = session_operations.answer(market, account_id, own, given)
        return json.dumps(answered, separators=(",", ":"))
    problems = model.request_problems(operation, parameters)
    if problems:
        # What is missing is the better hint than what else is wrong.
        first = min(problems, key=lambda problem: problem.kind != "missing")
        raise InvalidParameter(first.message)
    call = OPERATIONS.get(operation)
    if call is None:
        raise NotSupported(f"The operation {operation}")
    answer = call(market, account_id, _without_nulls(parameters))
    if answer is None:
        # Not an empty body: oTree's own client reads every answer as JSON.
        return "{}"
    # The model's pattern for QuestionId has capitals only; the service gave ids as they were.
    wrong = [
        problem
        for problem in model.answer_problems(operation, answer)
        if not problem.path.endswith(".QuestionId")
    ]
    if wrong:
        raise AssertionError(f"an answer to {operation} does not fit: {wrong[0].message}")
    return json.dumps(answer, separators=(",", ":"))


def _note_objects(parameters: Mapping[str, Any]) -> None:
    """Have the request's line name what it is about."""
    for name, field in _OBJECTS.items():
        given = parameters.get(name)
        note_objects(field, " ".join(map(str, given)) if isinstance(given, list) else given)


def _parameters(request: Request) -> dict[str, Any]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON_1_1:
        raise _WireError("SerializationException", f"Content-Type must be {JSON_1_1}.", 415)
    try:
        parameters = parse_json(request.body or b"{}")
    except NotJson:
        raise _WireError("SerializationException", "The body is not valid JSON.") from None
    if not isinstance(parameters, dict):
        raise _WireError("SerializationException", "The body must be a JSON object.")
    return parameters


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _error(
    status: int, code: str, message: str, turk_code: str | None, request_id: str
) -> dict[str, Any]:
    # botocore reads __type in the body, the JavaScript SDK the header: both get it.
    body = {"__type": code, "Message": message}
    if turk_code is not None:
        body["TurkErrorCode"] = turk_code
    elif code not in {"ParameterValidationError", "ServiceFault"}:
        body["message"] = message
    headers = {**_CORS, "content-type": JSON_1_1, "x-amzn-errortype": code}
    return _response(status, headers, json.dumps(body), request_id)


def _response(status: int, headers: dict[str, str], body: str, request_id: str) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {**headers, "x-amzn-requestid": request_id},
        "body": body,
        "isBase64Encoded": False,
    }
