"""A real SMTP server on this machine that keeps what it is given, and refuses as it is told."""

from __future__ import annotations

import email.policy
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from local.http_server import free_port

USER, PASSWORD = "lab@example.org", "p@ss word"


@dataclass
class MailServer:
    port: int = 0
    messages: list[tuple[str, EmailMessage]] = field(default_factory=list)
    # What is answered to RCPT or after DATA, by recipient.
    to_rcpt: dict[str, str] = field(default_factory=dict)
    to_data: dict[str, str] = field(default_factory=dict)
    # The connection ends when the mail is there, before a word about it.
    cuts: bool = False
    encrypted: list[bool] = field(default_factory=list)

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address in self.to_rcpt:
            return self.to_rcpt[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.cuts:
            server.transport.abort()
            return "250 nobody hears this"
        to = envelope.rcpt_tos[0]
        if to in self.to_data:
            return self.to_data[to]
        parsed = message_from_bytes(envelope.content, policy=email.policy.default)
        self.messages.append((to, cast(EmailMessage, parsed)))
        self.encrypted.append(session.ssl is not None)
        return "250 Message accepted"

    def authenticate(self, server: Any, session: Any, envelope: Any, how: str, data: Any) -> Any:
        right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=True)


@contextmanager
def running_mail_server(
    tls: ssl.SSLContext | None = None, login: bool = False
) -> Iterator[MailServer]:
    """On a free port; with `tls` it demands STARTTLS, with `login` a name and password."""
    server = MailServer(free_port())
    options: dict[str, Any] = {}
    if tls is not None:
        options |= {"tls_context": tls, "require_starttls": True}
    if login:
        options |= {"authenticator": server.authenticate, "auth_required": True}
    controller = Controller(server, hostname="127.0.0.1", port=server.port, **options)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
