"""JSON of strangers."""

from __future__ import annotations

import pytest

from chalicelib.kit.strict_json import NotJson, RepeatedName, parse_json
from chalicelib.mturk.prices import PriceError, parse_dollars
from tests.cost import processor_seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "NaN",
        "[Infinity]",
        "1e999",
        "9" * 5_000,
        '"\\ud800"',
        '{"a": ["\\udfff"]}',
        b"\xff",
        "[" * 100_000,
        '{"a":' * 50_000,
    ],
)
def test_json__that_is_none__is_refused(text: str | bytes) -> None:
    with pytest.raises(NotJson):
        parse_json(text)


def test_json__with_a_name_twice__names_it() -> None:
    with pytest.raises(RepeatedName) as refused:
        parse_json('{"a": {"b": 1, "b": 2}}')

    assert refused.value.name == "b"


def test_json__is_read_as_it_is() -> None:
    assert parse_json('{"a": [1, 2.5, null, true, "\\ud83d\\ude00"], "é": {}}') == {
        "a": [1, 2.5, None, True, "😀"],
        "é": {},
    }


@pytest.mark.parametrize("piece", ["[", "[0,", '{"a":', '"\\u0041', "1", "1e", " ", '"a",'])
def test_json__of_any_making__costs_linear_time(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))

    def read() -> None:
        with pytest.raises(NotJson):
            parse_json(text)

    assert processor_seconds(read) < 0.5


@pytest.mark.parametrize("text", ["0" * 5_000 + "1", "9" * 5_000, "0" * 5_000 + ".05", "1e5"])
def test_amount__of_any_length__is_an_amount_or_none(text: str) -> None:
    try:
        cents = parse_dollars(text)
    except PriceError:
        assert text[0] != "0"
    else:
        assert cents in {100, 5}
