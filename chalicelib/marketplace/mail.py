"""Mail by SMTP, by SES, or into a folder; `MARKETPLACE_MAIL` says which."""

from __future__ import annotations

import os
import secrets
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from botocore.config import Config as BotoConfig
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
)

from chalicelib.kit import sdk
from chalicelib.kit.clock import Clock
from chalicelib.kit.config import parse_sender
from chalicelib.marketplace.domain.calling_ports import Letter, Mail, Refused, Unavailable, Unsure
from chalicelib.marketplace.domain.local_time import here, zone

TIMEOUT_S = 10
_MAX_LINE = 900
# Of our own machine only: nobody is in between who could listen.
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_SES_ACCOUNT = frozenset(
    {
        "AccountSuspendedException",
        "SendingPausedException",
        "MailFromDomainNotVerifiedException",
        "LimitExceededException",
        "TooManyRequestsException",
        "AccessDeniedException",
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "SignatureDoesNotMatch",
        "ExpiredTokenException",
    }
)


def mail_of(where: str, sender: str, region: str, clock: Clock) -> Mail | None:
    """The adapter that the configuration asks for; None: no mail."""
    if not where:
        return None
    writer = _Writer(sender, clock)
    if where == "ses":
        return SesMail(region, writer)
    parts = urlsplit(where)
    if parts.scheme == "file":
        return FileMail(Path(unquote(parts.path)), writer, clock)
    return SmtpMail(where, writer)


class _Writer:
    """Turns letters into messages."""

    def __init__(self, sender: str, clock: Clock) -> None:
        name, address = parse_sender(sender)
        self.address = address
        self._from = Address(name, addr_spec=address)
        self._clock = clock

    def message(self, letter: Letter) -> EmailMessage:
        # A link in a header, too, must stay in one piece.
        message = EmailMessage(policy=SMTP.clone(max_line_length=_MAX_LINE))
        message["From"] = self._from
        message["To"] = Address(addr_spec=letter.to)
        message["Subject"] = " ".join(letter.subject.split())
        message["Date"] = format_datetime(here(self._clock.now_ms(), zone("UTC")))
        domain = self.address.rpartition("@")[2]
        message["Message-ID"] = f"<{secrets.token_hex(16)}@{domain}>"
        # Tells other programs not to answer by themselves (RFC 3834).
        message["Auto-Submitted"] = "auto-generated"
        for name, value in letter.headers.items():
            message[name] = value
        # Lines as they are where that is allowed: a link that is broken over two lines is none.
        plain = letter.text.isascii() and max(map(len, letter.text.splitlines())) < _MAX_LINE
        message.set_content(letter.text, cte="7bit" if plain else "base64")
        return message


class SmtpMail:
    """Implements `Mail`. `smtp://` means STARTTLS, and `smtps://` TLS from the start; without
    either only to this machine itself, or where `?tls=no` says so."""

    def __init__(self, url: str, writer: _Writer, context: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._implicit = parts.scheme == "smtps"
        chosen = parse_qs(parts.query).get("tls")
        here = self._host in _LOOPBACK and chosen != ["yes"]
        self._starttls = not (self._implicit or chosen == ["no"] or here)
        self._port = parts.port or (465 if self._implicit else 587)
        self._context = context
        self._writer = writer

    def send(self, letter: Letter) -> None:
        message = self._writer.message(letter)
        server = self._connect()
        try:
            self._hand_over(server, letter.to, message.as_bytes())
        finally:
            server.close()

    def _connect(self) -> smtplib.SMTP:
        try:
            context = self._context or ssl.create_default_context()
            server = (
                smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT_S, context=context)
                if self._implicit
                else smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_S)
            )
        except (OSError, smtplib.SMTPException) as error:
            raise Unavailable(_name(error)) from None
        try:
            if self._starttls:
                server.starttls(context=context)
            if self._user:
                server.login(self._user, self._password)
            else:
                server.ehlo_or_helo_if_needed()
        except (OSError, smtplib.SMTPException) as error:
            server.close()
            raise Unavailable(_name(error)) from None
        return server

    def _hand_over(self, server: smtplib.SMTP, to: str, raw: bytes) -> None:
        # Step by step, since it matters after which of them something fails. What a server says
        # may hold the address: only its code is passed on.
        try:
            code, _ = server.mail(self._writer.address)
            if code != 250:
                raise Unavailable(f"SMTP {code} to MAIL")
            code, _ = server.rcpt(to)
        except (OSError, smtplib.SMTPException) as error:
            raise Unavailable(_name(error)) from None
        if code not in {250, 251}:
            raise Refused(f"SMTP {code} to RCPT", for_good=code in {550, 551, 553})
        try:
            code, _ = server.data(raw)
        except smtplib.SMTPDataError as error:  # it did not want the data at all
            raise Refused(f"SMTP {error.smtp_code} to DATA") from None
        except (OSError, smtplib.SMTPException) as error:
            raise Unsure(_name(error)) from None
        if code != 250:
            raise Refused(f"SMTP {code} after DATA")


class SesMail:
    """Implements `Mail` with Amazon SES; `AWS_ENDPOINT_URL_SESV2` points elsewhere."""

    def __init__(self, region: str, writer: _Writer) -> None:
        self._region = region
        self._writer = writer
        self._made: Any = None

    def send(self, letter: Letter) -> None:
        raw = self._writer.message(letter).as_bytes()
        try:
            self._client().send_email(
                FromEmailAddress=self._writer.address,
                Destination={"ToAddresses": [letter.to]},
                Content={"Raw": {"Data": raw}},
            )
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in _SES_ACCOUNT or not code:
                raise Unavailable(code or "ClientError") from None
            raise Refused(code) from None
        except (ConnectTimeoutError, EndpointConnectionError, NoCredentialsError) as error:
            raise Unavailable(_name(error)) from None
        except BotoCoreError as error:
            raise Unsure(_name(error)) from None

    def _client(self) -> Any:
        if self._made is None:
            # No retries: botocore's would send again what may have been sent.
            self._made = sdk.client(
                "sesv2",
                self._region,
                config=BotoConfig(
                    connect_timeout=3, read_timeout=TIMEOUT_S, retries={"total_max_attempts": 1}
                ),
            )
        return self._made


class FileMail:
    """Implements `Mail` for who develops: each mail becomes an .eml file, which programs open."""

    def __init__(self, folder: Path, writer: _Writer, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._writer = writer

    def send(self, letter: Letter) -> None:
        message = self._writer.message(letter)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = self._folder / f"{self._clock.now_ms()}-{secrets.token_hex(3)}.eml"
            draft = path.with_suffix(".new")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
                file.write(message.as_bytes())
            draft.replace(path)
        except OSError as error:
            raise Unavailable(_name(error)) from None


def _name(error: BaseException) -> str:
    return type(error).__name__
