"""Reads submitted forms: query string, urlencoded and multipart bodies, all fields counted."""

from __future__ import annotations

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
    # Deferred: a page's own form is urlencoded.
    from chalicelib.marketplace.api import multipart_form

    try:
        return multipart_form.fields_of(content_type, body, MAX_FIELDS)
    except multipart_form.TooMuch:
        raise FormError("The form has too many fields, or headers that are too long.") from None
    except ValueError:
        raise FormError("The form's parts cannot be told apart.") from None
