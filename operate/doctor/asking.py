"""HTTP as the doctor asks it: an answer is an answer whatever its status."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_WAIT_S = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """`headers` by lower-case name."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        """None where it is none."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None


def ask(
    address: str,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Asked:
    """Send one request and return what is answered; raises `OSError` where nobody is."""
    request = urllib.request.Request(address, data=body, method=method, headers=dict(headers or {}))
    try:
        with urllib.request.urlopen(request, timeout=_WAIT_S) as answer:
            return _asked(answer.status, answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return _asked(refused.code, refused)


def _asked(status: int, answer: Any) -> Asked:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Asked(status, headers, answer.read().decode("utf-8", "replace"))
