"""Web Push without content: a push only wakes the browser, whose service worker then asks us.

So no push service learns what is said, and no payload has to be encrypted (RFC 8291); what remains
is a signature that names the sender (RFC 8292, VAPID).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import ssl
import threading
from urllib.parse import urlsplit

from chalicelib.kit.clock import Clock
from chalicelib.marketplace.domain.calling_ports import Refused, Unavailable, Unsure

TIMEOUT_S = 5
MAX_ENDPOINT = 1_024
# A signature may live for a day; half of that leaves room for clocks that differ.
_TOKEN_S = 12 * 3_600
_RENEW_S = 3_600
# Push services keep nothing for longer, and some refuse to be asked for it.
_LONGEST_S = 28 * 86_400


class WebPush:
    """Implements `Push`.

    `hosts` are the push services that we send to: endpoints come from browsers, that is, from
    anybody, and must not lead this function to addresses of somebody's choice. A host that begins
    with a dot stands for all below it; an origin (http://127.0.0.1:9000) for just itself.
    """

    def __init__(self, master_key: str, contact: str, hosts: tuple[str, ...], clock: Clock) -> None:
        self._contact = contact
        self._hosts = hosts
        self._clock = clock
        self._key = _PrivateKey(master_key)
        self._tokens: dict[str, tuple[int, str]] = {}
        self._lock = threading.Lock()

    @property
    def public_key(self) -> str:
        return self._key.public

    def accepts(self, endpoint: str) -> bool:
        if len(endpoint) > MAX_ENDPOINT or not endpoint.isascii() or not endpoint.isprintable():
            return False
        try:
            parts = urlsplit(endpoint)
            port = parts.port
        except ValueError:
            return False
        host = parts.hostname or ""
        if parts.username is not None or parts.fragment or " " in endpoint or not host:
            return False
        if f"{parts.scheme}://{parts.netloc}" in self._hosts:
            return True
        named = any(host.endswith(h) if h.startswith(".") else host == h for h in self._hosts)
        return parts.scheme == "https" and port in {None, 443} and named

    def send(self, endpoint: str, ttl_s: int, urgent: bool) -> None:
        if not self.accepts(endpoint):  # the configuration may have changed since
            raise Refused("host", for_good=True)
        parts = urlsplit(endpoint)
        headers = {
            "Authorization": self._authorization(f"{parts.scheme}://{parts.netloc}"),
            "TTL": str(min(max(0, ttl_s), _LONGEST_S)),
            "Urgency": "high" if urgent else "normal",
            "Content-Length": "0",
        }
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection = _connection(parts.scheme, parts.netloc)
        try:
            try:
                connection.connect()
            except OSError as error:
                raise Unavailable(type(error).__name__) from None
            try:
                connection.request("POST", target, headers=headers)
                # Redirects are not followed: they would lead past the list of hosts.
                status = connection.getresponse().status
            except (OSError, http.client.HTTPException) as error:
                raise Unsure(type(error).__name__) from None
        finally:
            connection.close()
        if status not in {200, 201, 202, 204}:
            raise Refused(f"HTTP {status}", for_good=status in {404, 410})

    def _authorization(self, audience: str) -> str:
        now_s = self._clock.now_ms() // 1000
        with self._lock:
            until, token = self._tokens.get(audience, (0, ""))
            if until < now_s + _RENEW_S:
                until = now_s + _TOKEN_S
                token = self._key.jwt({"aud": audience, "exp": until, "sub": self._contact})
                self._tokens[audience] = until, token
        return f"vapid t={token}, k={self.public_key}"


class _PrivateKey:
    """The market's key for push, derived like access keys: nothing secret lies in a table.

    Signing takes the `ecdsa` package, in plain Python. It takes its nonces from the message
    (RFC 6979). Its time depends on the key (CVE-2024-23342), which needs very many timed
    signatures; here there is one for each push service and half day, in a scheduled run that
    nobody outside can time.
    """

    def __init__(self, master_key: str) -> None:
        import ecdsa  # deferred: 40 ms that a request which sends no push need not wait for

        order = ecdsa.NIST256p.order
        seed = hmac.new(master_key.encode(), b"web push key", hashlib.sha512).digest()
        self._key = ecdsa.SigningKey.from_secret_exponent(
            int.from_bytes(seed, "big") % (order - 1) + 1, ecdsa.NIST256p, hashlib.sha256
        )
        self.public = _base64(self._key.get_verifying_key().to_string("uncompressed"))

    def jwt(self, claims: dict[str, object]) -> str:
        head = {"typ": "JWT", "alg": "ES256"}
        text = ".".join(
            _base64(json.dumps(p, separators=(",", ":")).encode()) for p in (head, claims)
        )
        signature: bytes = self._key.sign_deterministic(text.encode())
        return f"{text}.{_base64(signature)}"


def _connection(scheme: str, netloc: str) -> http.client.HTTPConnection:
    if scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(netloc, timeout=TIMEOUT_S, context=context)
    return http.client.HTTPConnection(netloc, timeout=TIMEOUT_S)


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
