"""The worker site's API as a page calls it: through Chalice, on a marketplace of the tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from chalice.config import Config as ChaliceConfig
from chalice.local import LocalGateway, LocalGatewayException

import app
from chalicelib import bootstrap
from chalicelib.kit.config import Config
from tests.integration.market import Market


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


@dataclass
class Site:
    """One browser: its session's token, and requests made with it."""

    gateway: LocalGateway
    token: str = ""
    worker_id: str = ""
    extra: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        all_headers = {"x-worker-session": self.token, **self.extra, **headers}
        try:
            result = self.gateway.handle_request(method, path, all_headers, body)
        except LocalGatewayException as error:
            return Answer(error.CODE, dict(error.headers), str(error.body))
        raw = result["body"]
        return Answer(
            result["statusCode"],
            {k.lower(): v for k, v in result["headers"].items()},
            raw if isinstance(raw, str) else raw.decode(),
        )

    def get(self, path: str, **query: str) -> Answer:
        asked = f"{path}?{urlencode(query)}" if query else path
        return self.call("GET", asked, {}, b"")

    def post(self, path: str, **body: Any) -> Answer:
        raw = json.dumps(body).encode()
        return self.call("POST", path, {"content-type": "application/json"}, raw)

    def submit(self, fields: dict[str, str] | list[tuple[str, str]], query: str = "") -> Answer:
        kind = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
        body = urlencode(fields).encode()
        return self.call("POST", f"/mturk/externalSubmit{query}", kind, body)

    def sign_in(self, name: str) -> Site:
        answer = self.post("/market/session", name=name).json
        return Site(self.gateway, answer["token"], answer["worker"]["id"])


@contextmanager
def worker_site(market: Market) -> Iterator[Site]:
    """Yield a browser that is not signed in."""
    config = Config.from_env({})
    bootstrap.reset(bootstrap.App(config, market.clock, marketplace=market.market))
    try:
        # Looked up here: a stack that another test ran has declared the app anew.
        yield Site(LocalGateway(app.app, ChaliceConfig.create(lambda_timeout=10)))
    finally:
        bootstrap.reset()


def parameters(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
