"""Reads multipart form bodies in time linear in their size (RFC 7578)."""

from __future__ import annotations

from multipart import (
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
    parse_options_header,
)

from chalicelib.kit import charsets

MAX_HEADER = 2_048
"""Most bytes of one header: the form's own, or one of a part's."""

# Letter by letter what the bytes are: names are read with the values.
_BYTES = "latin-1"

TooMuch = ParserLimitReached


def fields_of(content_type: str, body: bytes, most: int) -> list[tuple[bytes, bytes]]:
    """Return the fields of a body in order, without files, as bytes: in the form's charset.

    Limits are checked before what they bound is read. Raises `TooMuch` for more than `most` parts
    or a header over `MAX_HEADER`, `ValueError` for what is no multipart form.
    """
    boundary = parse_options_header(content_type[:MAX_HEADER])[1].get("boundary", "")
    fields = []
    with PushMultipartParser(
        boundary, len(body), max_header_size=MAX_HEADER, max_segment_count=most,
        header_charset=_BYTES,
    ) as parser:  # fmt: skip
        part: MultipartSegment | None = None
        pieces: list[bytes] = []
        # In one go: handed over in pieces, what each leaves over would be copied for the next.
        for found in parser.parse(body):
            if isinstance(found, MultipartSegment):
                part, pieces = found, []
            elif found is not None:
                pieces.append(bytes(found))
            # A part has ended. A file is no answer.
            elif part is not None and part.name and part.filename is None:
                fields.append((part.name.encode(_BYTES), _text(part, b"".join(pieces))))
    return fields


def _text(part: MultipartSegment, value: bytes) -> bytes:
    if not part.charset:
        return value
    return charsets.decode_any(value, part.charset).encode()
