"""A push service: a real HTTP server that takes nothing without a valid VAPID signature."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from chalicelib.kit.clock import Clock
from tests.patience import PATIENCE_S


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def verified(authorization: str, audience: str, now_ms: int) -> dict[str, Any]:
    """The claims of an Authorization header as RFC 8292 has it; raises `ValueError`.

    With another library than the one that signed.
    """
    scheme, _, rest = authorization.partition(" ")
    given = dict(part.strip().split("=", 1) for part in rest.split(","))
    head, body, signature = given["t"].split(".")
    point = raw(given["k"])
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    pair = raw(signature)
    halves = int.from_bytes(pair[:32], "big"), int.from_bytes(pair[32:], "big")
    try:
        signed = f"{head}.{body}".encode()
        key.verify(encode_dss_signature(*halves), signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise ValueError("the signature is wrong") from None
    claims: dict[str, Any] = json.loads(raw(body))
    if scheme != "vapid" or len(pair) != 64 or json.loads(raw(head))["alg"] != "ES256":
        raise ValueError("not a vapid header")
    if claims["aud"] != audience or not 0 < claims["exp"] - now_ms / 1000 <= 86_400:
        raise ValueError(f"wrong claims: {claims}")
    return claims


@dataclass
class PushService:
    origin: str = ""
    # What is answered, by path; 201 else.
    answers: dict[str, int] = field(default_factory=dict)
    pushes: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def endpoint(self, name: str) -> str:
        return f"{self.origin}/send/{name}"


@contextmanager
def running_push_service(clock: Clock) -> Iterator[PushService]:
    service = PushService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            status = service.answers.get(self.path, 201)
            try:
                header = self.headers.get("authorization", "")
                verified(header, service.origin, clock.now_ms())
            except (ValueError, KeyError) as error:
                service.refused.append(str(error))
                status = 403
            if status == 201:
                service.pushes.append((self.path, dict(self.headers.items()), body))
            self.send_response(status)
            if status == 307:
                self.send_header("location", f"{service.origin}/send/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service.origin = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join(PATIENCE_S)
