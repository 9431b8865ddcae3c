"""Bodies of forms: what is read, and what they cost whatever a stranger sends."""

from __future__ import annotations

import codecs

import pytest

from chalicelib.marketplace.api import forms
from chalicelib.marketplace.api.forms import FormError
from tests.cost import processor_seconds

KIND = "multipart/form-data; boundary=x"
MOST_S = 0.2
"""Processor time for the largest body; with the standard library's parser some took a minute."""


def part(headers: bytes, value: bytes = b"1") -> bytes:
    return b"--x\r\n" + headers + b"\r\n\r\n" + value + b"\r\n"


def body(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--x--\r\n"


FIELD = b"Content-Disposition: form-data"
HOSTILE = {
    "semicolons": body(part(FIELD + b";" * 980_000)),
    "continued names": body(part(FIELD + b"".join(b"; name*%d*=a" % i for i in range(60_000)))),
    "parameters": body(part(FIELD + b"; x=y" * 190_000)),
    "parameters in many parts": body(part(FIELD + b"; name=a" + b"; x=y" * 380) * 490),
    "quotes that do not end": body(part(FIELD + b"; name=a" + b';a="\\' * 380) * 500),
    "parts without a header": body(b"--x\r\n\r\n\r\n" * 100_000),
    "empty parts": body(part(FIELD + b"; name=a", b"") * 15_000),
    "nested": body(
        *(
            part(b"Content-Type: multipart/mixed; boundary=x%d" % i, b"--x%d" % i)
            for i in range(12_000)
        )
    ),
    "headers": b"--x\r\n" + b"A: b\r\n" * 160_000,
    "a header's lines": b"--x\r\n" + FIELD + b";\r\n" + b" a\r\n" * 240_000,
    "a header without an end": b"--x\r\n" + b"A" * 990_000,
    "almost boundaries": part(FIELD + b"; name=a", b"\r\n--" * 240_000),
    "boundaries that go on": b"\r\n--xx" * 160_000,
    "empty lines": b"--x\r\n" + b"\r\n" * 490_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_multipart__of_any_making__costs_linear_time(name: str) -> None:
    given = HOSTILE[name]
    assert len(given) <= forms.MAX_BYTES

    def read() -> None:
        try:
            forms.fields_of(KIND, [], given)
        except FormError:
            return

    assert processor_seconds(read) < MOST_S


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data" + ";" * 900_000,
        'multipart/form-data; boundary="\n"',
    ],
)
def test_multipart__whose_parts_cannot_be_told_apart__is_refused(kind: str) -> None:
    def read() -> None:
        with pytest.raises(FormError, match="cannot be told apart"):
            forms.fields_of(kind, [], body(part(FIELD + b"; name=a")))

    assert processor_seconds(read) < MOST_S


def test_multipart__with_too_many_fields__is_refused() -> None:
    field = part(FIELD + b'; name="a"')

    assert len(forms.fields_of(KIND, [], body(field * forms.MAX_FIELDS))) == forms.MAX_FIELDS
    with pytest.raises(FormError, match="more than 2,000 fields"):
        forms.fields_of(KIND, [], body(field * (forms.MAX_FIELDS + 1)))


def test_multipart__is_read_as_browsers_write_it() -> None:
    sent = body(
        part(FIELD + b'; name="a %22quoted%22 \xc3\xa9"', b"first\r\nsecond"),
        part(FIELD + b'; name="file"; filename="f.txt"\r\nContent-Type: text/plain', b"no answer"),
        part(FIELD + b'; name="empty"', b""),
        part(FIELD + b'; name="odd"', b"\xff"),
    )

    assert forms.fields_of(KIND, [("q", "1")], sent) == [
        ("q", "1"),
        ('a "quoted" é', "first\r\nsecond"),
        ("empty", ""),
        ("odd", "ÿ"),
    ]


def test_multipart__cut_off__is_refused_whole() -> None:
    sent = body(part(FIELD + b"; name=a"), part(FIELD + b"; name=b"))

    for length in range(1, len(sent) - len(b"\r\n")):
        with pytest.raises(FormError):
            forms.fields_of(KIND, [], sent[:length])


URLENCODED = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        (URLENCODED, b"a=Gr%C3%BC%C3%9Fe", "Gr\u00fc\u00dfe"),
        (URLENCODED, b"a=Gr%FC%DFe", "Gr\u00fc\u00dfe"),
        (URLENCODED, b"a=%93so%94+%80", "\u201cso\u201d \u20ac"),
        (URLENCODED, b"_charset_=windows-1251&a=%E4%E0", "\u0434\u0430"),
        (URLENCODED, b"_charset_=shift_jis&a=%82%CD%82%A2", "\u306f\u3044"),
        (f"{URLENCODED}; charset=koi8-r", b"a=%C4%C1", "\u0434\u0430"),
        # What names a charset may be wrong, and a codec of Python's is none.
        (f"{URLENCODED}; charset=utf-8", b"a=%FC", "\u00fc"),
        (f"{URLENCODED}; charset=rot13", b"a=uryyb", "uryyb"),
        # A letter that a worker has typed is theirs.
        (URLENCODED, b"a=%EF%BF%BD", "\ufffd"),
        (KIND, body(part(FIELD + b"; name=a", b"Gr\xfc\xdfe")), "Gr\u00fc\u00dfe"),
        (KIND, body(part(FIELD + b"; name=a", "Gr\u00fc\u00dfe".encode())), "Gr\u00fc\u00dfe"),
        (
            KIND,
            body(part(FIELD + b"; name=a\r\nContent-Type: text/plain; charset=koi8-r", b"\xc4")),
            "\u0434",
        ),
    ],
)
def test_text__comes_in_the_charset_that_it_is_in(kind: str, given: bytes, said: str) -> None:
    fields = dict(forms.fields_of(kind, [], given))

    assert fields["a"] == said


def test_names__are_read_with_the_values() -> None:
    urlencoded = forms.fields_of(URLENCODED, [], b"%FC=1")
    multipart = forms.fields_of(KIND, [], body(part(FIELD + b'; name="\xfc"')))

    assert urlencoded == multipart == [("\u00fc", "1")]


def test_letters_that_were_lost_on_the_way__are_no_answer() -> None:
    with pytest.raises(FormError, match="UTF-8"):
        forms.fields_of(URLENCODED, [], "a=Gr\ufffd\ufffde".encode())


def test_charsets_that_nobody_knows__are_not_looked_for__nor_kept_in_mind() -> None:
    """Python's own table of them grows with each name that a stranger makes up."""
    asked: list[str] = []

    def look(name: str) -> None:
        asked.append(name)

    codecs.register(look)
    names = [f"zz{number}" for number in range(1_900)]
    parts = [
        part(FIELD + b"; name=a\r\nContent-Type: text/plain; charset=" + name.encode(), b"\xe9")
        for name in names
    ]
    try:
        read = forms.fields_of(KIND, [], body(*parts))
        for name in names:
            kind = f"{forms.URLENCODED}; charset={name}"
            assert forms.fields_of(kind, [], b"a=%E9") == [("a", "\xe9")]
    finally:
        codecs.unregister(look)

    assert read == [("a", "\xe9")] * len(names)
    assert asked == []
