"""Mail by real servers: SMTP plain and with STARTTLS, SES as moto plays it, and files."""

from __future__ import annotations

import datetime
import email.policy
import ipaddress
import ssl
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.server import ThreadedMotoServer
from moto.ses.models import ses_backends

from chalicelib.kit.clock import FakeClock
from chalicelib.marketplace.domain.calling_ports import (
    Letter,
    Mail,
    Refused,
    Unavailable,
    Unsure,
)
from chalicelib.marketplace.mail import SmtpMail, _Writer, mail_of
from local.http_server import free_port
from tests.integration.mail_server import PASSWORD, USER, MailServer, running_mail_server

SENDER = "Our lab <lab@example.org>"
STOP = "<https://api.example.org/api/market/calls/stop/" + "x" * 120 + ">"


def mail_by(url: str) -> Mail:
    made = mail_of(url, SENDER, "us-east-1", FakeClock())
    assert made is not None
    return made


def letter(to: str = "ada@example.org", **changes: Any) -> Letter:
    headers = {"List-Unsubscribe": STOP, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    values = {"subject": "Néw\r\nBcc: eve@example.org", "text": "Héllo\n", "headers": headers}
    return Letter(to, **{**values, **changes})


@pytest.fixture
def server() -> Iterator[MailServer]:
    with running_mail_server() as running:
        yield running


def test_smtp__hands_the_mail_over_as_it_was_written(server: MailServer) -> None:
    mail_by(f"smtp://127.0.0.1:{server.port}").send(letter())

    ((to, message),) = server.messages
    assert to == "ada@example.org"
    assert message["From"] == SENDER
    assert message["To"] == "ada@example.org"
    assert message["Subject"] == "Néw Bcc: eve@example.org"
    assert message["Bcc"] is None
    assert message["List-Unsubscribe"] == STOP
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"] == "Thu, 09 Oct 2025 08:53:20 +0000"
    assert message.get_content().replace("\r\n", "\n") == "Héllo\n"


def test_smtp__keeps_a_long_link_in_one_line(server: MailServer) -> None:
    link = "https://api.example.org/" + "a" * 300
    mail_by(f"smtp://127.0.0.1:{server.port}").send(letter(text=f"Open:\n{link}\n", subject="S"))

    raw = server.messages[0][1].as_bytes()
    assert f"\n{link}\n".encode() in raw.replace(b"\r", b"")


@pytest.mark.parametrize(("said", "for_good"), [("550 no such user", True), ("451 later", False)])
def test_smtp__tells_refusals_for_good_from_others(
    server: MailServer, said: str, for_good: bool
) -> None:
    server.to_rcpt["ada@example.org"] = said
    with pytest.raises(Refused) as refused:
        mail_by(f"smtp://127.0.0.1:{server.port}").send(letter())

    assert refused.value.for_good is for_good
    assert "ada" not in str(refused.value)


def test_smtp__a_refusal_of_the_text_is_not_the_addresss_fault(server: MailServer) -> None:
    server.to_data["ada@example.org"] = "554 looks like spam"
    with pytest.raises(Refused) as refused:
        mail_by(f"smtp://127.0.0.1:{server.port}").send(letter())

    assert not refused.value.for_good


def test_smtp__nobody_there__is_unavailable() -> None:
    with pytest.raises(Unavailable):
        mail_by(f"smtp://127.0.0.1:{free_port()}").send(letter())


def test_smtp__connection_cut_after_the_data__is_unsure(server: MailServer) -> None:
    server.cuts = True

    with pytest.raises(Unsure):
        mail_by(f"smtp://127.0.0.1:{server.port}").send(letter())


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context for 127.0.0.1, and a client's that trusts just it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.fromtimestamp(1_600_000_000, datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path, key_path = folder / "cert.pem", folder / "key.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path, key_path)
    return server, ssl.create_default_context(cafile=str(path))


def test_smtp__with_starttls_and_a_password(tmp_path: Path) -> None:
    theirs, ours = certificate(tmp_path)
    with running_mail_server(theirs, login=True) as server:
        where = f"{quote(USER, safe='')}:{quote(PASSWORD)}@127.0.0.1:{server.port}"
        mail = SmtpMail(f"smtp://{where}?tls=yes", _Writer(SENDER, FakeClock()), ours)
        mail.send(letter())
        assert server.encrypted == [True]

        distrusting = SmtpMail(f"smtp://{where}?tls=yes", _Writer(SENDER, FakeClock()))
        with pytest.raises(Unavailable, match="SSLCertVerificationError"):
            distrusting.send(letter())
        wrong = SmtpMail(
            f"smtp://{where.replace('p%40ss', 'no')}?tls=yes", _Writer(SENDER, FakeClock()), ours
        )
        with pytest.raises(Unavailable, match="SMTP"):
            wrong.send(letter())
    assert len(server.messages) == 1


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    running = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SES", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    yield f"http://{host}:{port}"
    running.stop()


def test_ses__takes_the_same_message(ses: str) -> None:
    boto3.client("ses", region_name="us-east-1").verify_email_identity(
        EmailAddress="lab@example.org"
    )
    mail_by("ses").send(letter())

    (sent,) = ses_backends[ACCOUNT]["us-east-1"].sent_messages
    message = message_from_bytes(sent.raw_data.encode(), policy=email.policy.default)
    assert message["To"] == "ada@example.org"
    assert message["List-Unsubscribe"] == STOP


def test_ses__refused_sender_is_no_fault_of_the_address(ses: str) -> None:
    other = mail_of("ses", "Other <other@example.net>", "us-east-1", FakeClock())
    assert other is not None
    with pytest.raises((Refused, Unavailable)) as refused:
        other.send(letter())

    assert not getattr(refused.value, "for_good", False)
    assert "ada@" not in str(refused.value)


def test_ses__that_cannot_be_reached__is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with pytest.raises(Unavailable):
        mail_by("ses").send(letter())


def test_file__is_a_mail_that_programs_open(tmp_path: Path) -> None:
    mail = mail_by(f"file://{tmp_path}/deep/mail")
    mail.send(letter())
    mail.send(letter(to="bob@example.org"))

    found = sorted((tmp_path / "deep" / "mail").iterdir())
    assert [path.suffix for path in found] == [".eml", ".eml"]
    assert {
        message_from_bytes(p.read_bytes(), policy=email.policy.default)["To"] for p in found
    } == {"ada@example.org", "bob@example.org"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in found)


def test_nothing_configured__is_no_mail() -> None:
    assert mail_of("", "", "us-east-1", FakeClock()) is None
