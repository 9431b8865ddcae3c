"""Reads submitted forms: query string, urlencoded and multipart bodies, all fields counted."""

from __future__ import annotations

from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
MAX_BYTES = 1_000_000
MAX_FIELDS = 2_000


class FormError(ValueError):
    """A body is not a form; the message is a sentence."""


def fields_of(
    content_type: str, query: list[tuple[str, str]], body: bytes
) -> list[tuple[str, str]]:
    """Return a form's fields in order, those of the query first; raises `FormError`."""
    if len(body) > MAX_BYTES:
        raise FormError("The form is too large.")
    kind = content_type.partition(";")[0].strip().lower()
    if not body:
        return query
    if kind == URLENCODED:
        return query + _urlencoded(body)
    if kind == MULTIPART:
        return query + _multipart(content_type, body)
    raise FormError("The form came in a format that is not known here.")


def _urlencoded(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            body.decode("utf-8", errors="replace"),
            keep_blank_values=True,
            errors="replace",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        raise FormError("The form has too many fields.") from None


def _multipart(content_type: str, body: bytes) -> list[tuple[str, str]]:
    head = content_type.encode("latin-1", errors="replace").replace(b"\r", b"").replace(b"\n", b"")
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + head + b"\r\n\r\n" + body)
    if not message.is_multipart():
        raise FormError("The form's parts cannot be told apart.")
    parts = message.get_payload()
    assert isinstance(parts, list)
    if len(parts) > MAX_FIELDS:
        raise FormError("The form has too many fields.")
    fields = []
    for part in parts:
        assert isinstance(part, Message)
        name = part.get_param("name", header="content-disposition")
        # A file is not an answer; the service took none either.
        if not isinstance(name, str) or part.get_filename() is not None:
            continue
        raw = part.get_payload(decode=True)
        text = raw.decode("utf-8", errors="replace") if isinstance(raw, bytes) else ""
        fields.append((name, text))
    return fields
