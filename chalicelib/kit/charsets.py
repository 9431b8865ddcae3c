"""Text that came as bytes: in the charset that it names, and never with letters lost in silence."""

from __future__ import annotations

import codecs
import re
from encodings import normalize_encoding
from encodings.aliases import aliases
from urllib.parse import unquote_to_bytes

LOST = "\ufffd"
"""What stands for bytes that somebody on the way could not read."""

_NAMED = re.compile(r";\s*charset\s*=\s*\"?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)

# What browsers write pages and forms in, by Python's names. Its other codecs are no charsets, or
# make much of little.
_ASIAN = (
    "gbk", "gb18030", "big5", "euc_jp", "iso2022_jp", "shift_jis", "cp932", "euc_kr", "cp949",
    "cp874", "tis-620",
)  # fmt: skip
_KNOWN = {
    "utf-8", "utf-16-le", "utf-16-be", "koi8-r", "koi8-u", "mac-roman", "cp866", *_ASIAN,
    *(f"cp125{n}" for n in range(9)), *(f"iso8859-{n}" for n in range(2, 17) if n != 12),
}  # fmt: skip

# As browsers have it: a page that says Latin-1 or ASCII is in Windows' superset of them.
_LATIN = frozenset({"iso8859-1", "ascii", "cp1252"})


class NotText(ValueError):
    """Bytes are no text in the charset that they are said to be in; the message is a sentence."""


def named_in(content_type: str) -> str | None:
    """Return the charset that a content type names."""
    found = _NAMED.search(content_type)
    return found[1] if found else None


def decode(raw: bytes, charset: str | None = None) -> str:
    """Read bytes in a charset, UTF-8 unless one is named; raises `NotText`."""
    name = _name_of(charset or "utf-8")
    if name is None:
        raise NotText(f"The charset {charset} is not known here.")
    try:
        return raw.decode(name)
    except UnicodeDecodeError:
        if name == "cp1252":
            # Five bytes mean nothing in it; browsers take them for control characters.
            return "".join(_latin(byte) for byte in raw)
        raise NotText(f"The text is not in the charset {charset or 'UTF-8'}.") from None


def decode_any(raw: bytes, charset: str | None = None) -> str:
    """Read bytes whatever they are: in the charset that is named, else as UTF-8, else as Windows'
    Latin-1, which reads anything, and rightly what most old pages of the West send."""
    for name in (charset, "utf-8"):
        if name is not None:
            try:
                return decode(raw, name)
            except NotText:
                continue
    return decode(raw, "windows-1252")


def pairs_of(body: bytes, most: int) -> list[tuple[bytes, bytes]]:
    """Take an urlencoded form apart without reading it; raises `ValueError` for more fields."""
    parts = [part for part in body.split(b"&") if part]
    if len(parts) > most:
        raise ValueError(f"more than {most} fields")
    pairs = (part.replace(b"+", b" ").partition(b"=") for part in parts)
    return [(unquote_to_bytes(name), unquote_to_bytes(value)) for name, _, value in pairs]


def _name_of(charset: str) -> str | None:
    # Python looks for a file by each name that it does not know, and keeps the name for good.
    if _module_of(charset) not in _MODULES:
        return None
    name = codecs.lookup(charset).name
    if name in _LATIN:
        return "cp1252"
    return name if name in _KNOWN else None


def _module_of(charset: str) -> str:
    name = normalize_encoding(charset).lower()
    return aliases.get(name) or aliases.get(name.replace(".", "_")) or name


_MODULES = frozenset(_module_of(name) for name in _KNOWN | _LATIN)


def _latin(byte: int) -> str:
    one = bytes([byte])
    try:
        return one.decode("cp1252")
    except UnicodeDecodeError:
        return one.decode("latin-1")
