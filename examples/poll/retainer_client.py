"""A small client of Retainer's HTTPS API: standard library only, copy it into your own program.

retainer = Retainer("https://…/api", api_key="…")
reservation = retainer.make("InstantPoll", people=5, timeout_s=180)
retainer.invoke(reservation, payload='{"question": …}')
for slot in retainer.results(reservation, wait_s=20)["slots"]: …
"""

from __future__ import annotations

import json
import random
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode


class RetainerError(Exception):
    """Retainer refused a request, or could not be reached for long; `status` is 0 then."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{message} ({code})")
        self.status = status
        self.code = code


class Retainer:
    """Every call is safe to repeat, so network failures, 429 and 5xx are tried again."""

    def __init__(self, api: str, api_key: str = "", tries: int = 6) -> None:
        self._api = api.rstrip("/")
        self._headers = {"x-api-key": api_key} if api_key else {}
        self._tries = tries

    def puttask(self, **fields: Any) -> str:
        """Create or replace the ProtoHIT `hit_type_id`; returns its id."""
        return self._post("puttask", {"json": json.dumps(fields)})

    def make(
        self,
        hit_type: str,
        people: int,
        *,
        delay_s: int = 0,
        foreign_id: str = "",
        payload: str | None = None,
        key: str | None = None,
        policy: str | None = None,
        timeout_s: int = 600,
        lease_s: int | None = None,
    ) -> str:
        """Reserve `people` workers for `delay_s` from now on; returns the reservation's id.

        It ends `timeout_s` after it is invoked, and once nobody has read its results for `lease_s`:
        a program that dies should take no more workers and money.
        """
        # The same key again gives the same reservation, whatever was lost on the way.
        key = key or uuid.uuid4().hex
        form = {
            "hitType": hit_type,
            "foreignID": foreign_id or key,
            "delay": str(delay_s),
            "numAssignments": str(people),
            "key": key,
            "timeout": str(timeout_s),
        }
        if lease_s is not None:
            form["lease"] = str(lease_s)
        if payload is not None:
            form["payload"] = payload
        if policy is not None:
            form["policy"] = policy
        return self._post("reservation/make", form)

    def invoke(
        self,
        reservation: str,
        *,
        foreign_id: str | None = None,
        payload: str | None = None,
        timeout_s: int | None = None,
    ) -> None:
        """The work is ready: call the workers now. `timeout_s` replaces that of `make`."""
        form = {"id": reservation}
        if foreign_id is not None:
            form["foreignID"] = foreign_id
        if payload is not None:
            form["payload"] = payload
        if timeout_s is not None:
            form["timeout"] = str(timeout_s)
        self._post("reservation/invoke", form)

    def finish(self, reservation: str) -> None:
        """No more workers, please; those at work may go on."""
        self._post("reservation/finish", {"id": reservation})

    def cancel(self, reservation: str) -> None:
        """Nobody is needed; HITs posted for it are taken down at once."""
        self._post("reservation/cancel", {"id": reservation})

    def finish_all(self, hit_type: str) -> None:
        """Finish every reservation of one ProtoHIT."""
        self._post("reservation/finish/all", {"hitType": hit_type})

    def results(self, reservation: str, *, since: int | str = "", wait_s: int = 0) -> Any:
        """All slots so far; with `wait_s`, as soon as something has changed since `since`."""
        query = {"id": reservation, "wait": str(wait_s)}
        if since != "":
            query["since"] = str(since)
        return self._get("reservation/results", query)

    def pool(self, hit_type: str) -> Any:
        """How many wait, how fast they answer, what one costs."""
        return self._get("pool", {"hitType": hit_type})

    def _get(self, route: str, query: Mapping[str, str]) -> Any:
        return json.loads(self._send(f"{route}?{urlencode(query)}", None))

    def _post(self, route: str, form: Mapping[str, str]) -> str:
        text = self._send(route, urlencode(form).encode())
        # Ids come as plain text; a client that likes JSON gets them quoted.
        return str(json.loads(text)) if text.startswith('"') else text

    def _send(self, route: str, body: bytes | None) -> str:
        request = urllib.request.Request(
            f"{self._api}/retainer/{route}", data=body, headers=self._headers
        )
        pause = 0.2
        for attempt in range(self._tries):
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    text = str(answer.read().decode())
                    # Too many wait for results already: the answer is good, the next must be later.
                    time.sleep(int(answer.headers.get("Retry-After") or 0))
                    return text
            except urllib.error.HTTPError as error:
                failure = _refusal(error)
                if failure.status != 429 and failure.status < 500:
                    raise failure from None
            except (OSError, HTTPException) as error:
                failure = RetainerError(0, "unreachable", f"{self._api} does not answer: {error}")
            if attempt + 1 < self._tries:
                time.sleep(pause * (0.5 + random.random()))
                pause *= 2
        raise failure


def _refusal(error: urllib.error.HTTPError) -> RetainerError:
    with error:
        text = error.read().decode(errors="replace")
    try:
        told = json.loads(text)["error"]
        return RetainerError(error.code, str(told["code"]), str(told["message"]))
    except (ValueError, KeyError, TypeError):
        return RetainerError(error.code, f"status {error.code}", text[:200])
