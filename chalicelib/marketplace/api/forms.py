"""Reads submitted forms: query string, urlencoded and multipart bodies, all fields counted.

Text is in the charset that the form names, in its hidden field `_charset_` or its content type,
else in UTF-8; what is none is read as old pages of the West mean it, for a worker's work is done.
"""

from __future__ import annotations

from chalicelib.kit import charsets

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
CHARSET_FIELD = b"_charset_"
"""What browsers fill in with the charset that they send a form in."""

MAX_BYTES = 1_000_000
MAX_FIELDS = 2_000


class FormError(ValueError):
    """A body is not a form; the message is a sentence."""


def fields_of(
    content_type: str, query: list[tuple[str, str]], body: bytes
) -> list[tuple[str, str]]:
    """Return a form's fields in order, those of the query first; raises `FormError`."""
    if len(body) > MAX_BYTES:
        raise FormError(f"The form has more than {MAX_BYTES // 1_000_000} MB.")
    kind = content_type.partition(";")[0].strip().lower()
    if not body:
        return query
    if kind == URLENCODED:
        return query + _urlencoded(content_type, body)
    if kind == MULTIPART:
        return query + _multipart(content_type, body)
    known = f"{URLENCODED} or {MULTIPART}"
    raise FormError(f"The form must come as {known}, not as {kind[:60] or 'nothing named'}.")


def _urlencoded(content_type: str, body: bytes) -> list[tuple[str, str]]:
    if charsets.LOST.encode() in body:
        # Browsers write such a letter in digits: these stand for what was lost on the way to us.
        raise FormError("The form came in a charset that was not read. Send it as UTF-8.")
    try:
        raw = charsets.pairs_of(body, MAX_FIELDS)
    except ValueError:
        raise FormError(f"The form has more than {MAX_FIELDS:,} fields.") from None
    return _read(raw, charsets.named_in(content_type))


def _read(raw: list[tuple[bytes, bytes]], named: str | None) -> list[tuple[str, str]]:
    said = next((value for name, value in raw if name == CHARSET_FIELD and value), b"")
    charset = said[:40].decode("ascii", errors="ignore") or named
    return [(charsets.decode_any(n, charset), charsets.decode_any(v, charset)) for n, v in raw]


def _multipart(content_type: str, body: bytes) -> list[tuple[str, str]]:
    # Deferred: a page's own form is urlencoded.
    from chalicelib.marketplace.api import multipart_form

    try:
        return _read(multipart_form.fields_of(content_type, body, MAX_FIELDS), None)
    except multipart_form.TooMuch:
        most = f"more than {MAX_FIELDS:,} fields"
        raise FormError(f"The form has {most}, or one with too long a name.") from None
    except ValueError:
        raise FormError("The form's parts cannot be told apart.") from None
