"""What AWS alone can tell: whether signatures come through, what cold starts take, whether
CloudFront serves.

The first is what the whole marketplace rests on, and nowhere promised: a Signature V4 that was made
with keys that AWS does not know, sent to a Function URL without authentication.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator
from typing import Any

from botocore.config import Config as BotoConfig
from botocore.exceptions import ClientError

from chalicelib.kit.clock import SystemClock
from chalicelib.mturk import model
from operate import aws
from operate.doctor.asking import Asked, ask
from operate.doctor.findings import Finding
from operate.doctor.visit import Visit
from operate.target import Refused, Target
from operate.template.functions import FUNCTIONS

SLOW_MS = 3_000
"""Of a function's first start: a worker who polls waits for it."""

_INVENTED = ("RKINVENTEDBYTHEDOCTOR", "invented by the doctor, and known to nobody")
_LONG = "3" + "X" * 60
_WAY_OUT = (
    'set "market_front": true for the stage in .chalice/config.json, as docs/deploying.md says (If '
    "signatures do not come through)"
)


def signatures(target: Target) -> Iterator[Finding]:
    """Whether the marketplace's address is given what its clients sign, and they its answers."""
    endpoint = _endpoint(target)
    target_name = f"{model.target_prefix()}.GetAccountBalance"
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": target_name}
    bare = ask(endpoint, "POST", b"{}", headers)
    if _type_of(bare) != "MissingAuthenticationTokenException":
        what = f"an unsigned call to {endpoint} is answered by something else: {_shown(bare)}"
        mend = "see whether the function mturk is deployed and its address open to all (NONE)"
        yield Finding("signatures", what, mend)
        return
    said = _signed_by(endpoint, target.region, _INVENTED)
    if said == "MissingAuthenticationTokenException":
        what = f"the Authorization header is dropped on its way through {endpoint}"
        yield Finding("signatures", what, _WAY_OUT)
        return
    if said != "InvalidSignatureException":
        what = f"a call with invented keys to {endpoint} is answered {said}, not by the protocol"
        yield Finding("signatures", what, _WAY_OUT)
        return
    yield Finding("signatures", "a Signature V4 with keys that AWS does not know arrives")
    yield from _answers(bare)
    yield from _own_keys(target, endpoint)


def _answers(answer: Asked) -> Iterator[Finding]:
    lost = [h for h in ("x-amzn-requestid", "x-amzn-errortype") if h not in answer.headers]
    if lost:
        what = f"answers come back without {', '.join(lost)}"
        yield Finding("signatures", what, "clients then show no error's name or id: " + _WAY_OUT)
    else:
        yield Finding("signatures", "answers come back with x-amzn-requestid and x-amzn-errortype")


def _own_keys(target: Target, endpoint: str) -> Iterator[Finding]:
    """The service's own keys: a signature that is right covers host, date, target and every byte
    of the body."""
    markets = target.config.retainer.markets.values()
    own = next((m for m in markets if m.endpoint == endpoint and m.secret_key), None)
    if own is None:
        mend = f"retainer link --stage {target.need_stage().name}"
        yield Finding("signatures", f"the service has no keys for {endpoint}", mend)
        return
    client = _client(endpoint, target.region, (own.access_key, own.secret_key))
    try:
        client.get_hit(HITId=_LONG)
        said = "that there is such a HIT"
    except ClientError as error:
        said = str(error.response.get("TurkErrorCode") or aws.code_of(error))
    if said == "AWS.MechanicalTurk.HITDoesNotExist":
        what = "body, host, x-amz-date and x-amz-target arrive as they were signed"
        yield Finding("signatures", what)
    else:
        what = f"a call that is signed rightly is answered {said}"
        yield Finding(
            "signatures", what, "something on the way changes what was signed: " + _WAY_OUT
        )


def _signed_by(endpoint: str, region: str, keys: tuple[str, str]) -> str:
    """The error's code that a signed call is answered with."""
    try:
        _client(endpoint, region, keys).get_account_balance()
    except ClientError as error:
        return aws.code_of(error)
    return "with a balance"


def _client(endpoint: str, region: str, keys: tuple[str, str]) -> Any:
    """A requester's, also where a later SDK does not know the protocol any more."""
    return model.session().create_client(
        "mturk",
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=keys[0],
        aws_secret_access_key=keys[1],
        config=BotoConfig(retries={"total_max_attempts": 1}, read_timeout=30),
    )


def cold_starts(target: Target) -> Iterator[Finding]:
    """Make each function start cold, by a changed description, and tell what that takes."""
    stage = target.need_stage()
    client = aws.client("lambda", target.region)
    visit = Visit(SystemClock())
    for name in FUNCTIONS.values():
        full = stage.function(name)
        client.update_function_configuration(
            FunctionName=full, Description=f"started from cold by {visit.id}"
        )
        client.get_waiter("function_updated_v2").wait(FunctionName=full)
        if name == "api_handler":
            yield from _first_call(target)
            continue
        payload = json.dumps(visit.event(target.region)).encode()
        answer = client.invoke(FunctionName=full, Payload=payload, LogType="Tail")
        report = base64.b64decode(answer.get("LogResult", "")).decode("utf-8", "replace")
        yield _started(full, report)


def _started(full: str, report: str) -> Finding:
    """From Lambda's own line: REPORT … Duration: 80 ms … Max Memory Used: 90 MB Init Duration: …"""
    found = {
        name: float(value)
        for name, value in re.findall(
            r"(Init Duration|Duration|Max Memory Used): ([0-9.]+) (?:ms|MB)",
            report.replace("Billed Duration", "Billed"),
        )
    }
    if "Init Duration" not in found:
        what = f"{full} did not start anew: {report[-200:].strip() or 'it told nothing'}"
        return Finding("cold starts", what, "run it again; its log says more")
    took = found["Init Duration"] + found["Duration"]
    what = (
        f"{full}: {found['Init Duration']:.0f} ms to load, {found['Duration']:.0f} ms for its "
        f"first call, {found['Max Memory Used']:.0f} MB"
    )
    return Finding("cold starts", what, _too_slow(took))


def _first_call(target: Target) -> Iterator[Finding]:
    address = f"{target.config.marketplace.site_url}/retainer/gettask/assignment/{'0' * 16}"
    took = []
    for _ in range(2):
        began = time.perf_counter()
        ask(address)
        took.append((time.perf_counter() - began) * 1000)
    what = f"the API's first poll took {took[0]:.0f} ms from here, the next {took[1]:.0f} ms"
    yield Finding("cold starts", what, _too_slow(took[0]))


def _too_slow(took_ms: float) -> str:
    if took_ms <= SLOW_MS:
        return ""
    return (
        f"over {SLOW_MS} ms: give it more memory (lambda_memory_size), which brings processor time "
        "with it, or provisioned concurrency"
    )


def sites(target: Target) -> Iterator[Finding]:
    """Whether both distributions answer, and with pages."""
    stage = target.need_stage()
    for name, path in (("wait", "/index.html"), ("desk", "/status/")):
        url = _parameter(target, f"{name}-url")
        try:
            answer = ask(url + path)
        except OSError as error:
            mend = (
                "a new distribution takes some minutes; where it was never made since the account "
                "must be verified first, open a case at AWS Support (Account and billing)"
            )
            yield Finding("cloudfront", f"{url} ({name}) does not answer: {error}", mend)
            continue
        if answer.status == 200:
            through = answer.headers.get("x-cache", "no x-cache")
            yield Finding("cloudfront", f"{url} ({name}) serves pages ({through})")
        else:
            what = f"{url}{path} ({name}) answers {answer.status}"
            yield Finding("cloudfront", what, f"retainer pages publish --stage {stage.name}")


def _endpoint(target: Target) -> str:
    if target.stage is not None:
        return _parameter(target, "market-url")
    found = next(iter(target.config.retainer.markets.values()), None)
    if found is None:
        raise Refused("no market is configured: set RETAINER_MARKETS")
    return found.endpoint


def _parameter(target: Target, name: str) -> str:
    full = f"{target.need_stage().parameters}/{name}"
    found = aws.client("ssm", target.region).get_parameters(Names=[full])["Parameters"]
    if not found:
        raise Refused(f"there is no parameter {full}: deploy first")
    return str(found[0]["Value"])


def _type_of(answer: Asked) -> str:
    said: Any = answer.json
    return str(said.get("__type", "")) if isinstance(said, dict) else ""


def _shown(answer: Asked) -> str:
    return f"{answer.status} {answer.text[:200]}"
