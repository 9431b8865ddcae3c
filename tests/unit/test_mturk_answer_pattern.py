"""JavaScript's regular expressions: the same verdicts, in bounded time."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mturk import answer_pattern, pattern_units
from chalicelib.mturk.pattern_program import Effort, Exhausted, matches

PHONE = r"^(1[- ]?)?(\([2-9]\d{2}\)\s*|[2-9]\d{2}-?)[2-9]\d{2}-?\d{4}$"


class CountedEffort(Effort):
    def __init__(self, steps: int) -> None:
        super().__init__(steps)
        self.spent = 0

    def spend(self, steps: int = 1) -> None:
        super().spend(steps)
        self.spent += steps


def accepts(regex: str, text: str, ignore_case: bool = False, steps: int = 400_000) -> bool:
    return answer_pattern.accepts(regex, ignore_case, text, Effort(steps))


@pytest.mark.parametrize(
    ("regex", "yes", "no"),
    [
        (r"\S", [" a"], ["", " \n", "\ufeff\u2003"]),
        (r"(^$|\S{2,})", ["", "ab"], ["a", "a b"]),
        (PHONE, ["1-555-555-1234", "(555) 555-1234", "5555551234"], ["155-5551234", "x"]),
        (r"^[12][0-9]{3}-[01]?\d-[0-3]?\d$", ["2026-1-31"], ["2026-1-31\n", "3026-1-1"]),
        ("^a|b$", ["ac", "cb"], ["ca", "bc"]),
        ("^(?=.*\\d)(?=.*[a-z])(?!.*x).{4,8}$", ["abc1"], ["abcd", "ab1", "abx1"]),
        (r"\bcat\b", ["a cat."], ["cats", "_cat"]),
        (r"\Bat", ["cat"], ["at"]),
        ("a.c", ["abc", "a\x85c"], ["a\nc", "a\u2028c"]),
        ("^.$", ["é"], ["😀", ""]),
        ("^😀$", ["😀"], ["😁"]),
        ("[^]", ["\n"], [""]),
        ("a[]|b", ["b"], ["a"]),
        (r"^[\w-]+$", ["a-b_9"], ["a b", "é"]),
        (r"^[^\d,-]+$", ["ab"], ["a1", "a,", "-"]),
        (r"^[\S\s]$", ["\n"], [""]),
        (r"^[\b]\cJ\x41\u0042\t\0\/$", ["\x08\nAB\t\0/"], [""]),
        ("^a{2}b{1,2}c{0}?d{2,}?$", ["aabdd", "aabbddd"], ["abdd", "aabd", "aabbbdd"]),
        ("^a{,2}$|^}]$", ["a{,2}", "}]"], ["aa"]),
        ("^(?:a|b|)(c|d)*$", ["", "acdc", "c"], ["ab"]),
        ("(a*)*b|(?:)+c", ["aab", "c"], ["aaa"]),
    ],
)
def test_pattern__judges_as_a_browser_does(regex: str, yes: list[str], no: list[str]) -> None:
    assert [text for text in yes if not accepts(regex, text)] == []
    assert [text for text in no if accepts(regex, text)] == []


def test_pattern__ignores_case__by_javascripts_rule() -> None:
    assert accepts("regex", "REGexes", True)
    assert not accepts("regex", "REGexes")
    assert accepts("[a-f]É\u03c3", "Eé\u03c2", True)
    assert not accepts("^[^a]$", "A", True)
    # Letters that upper-case into ASCII, or into two letters, stay themselves.
    assert not accepts("s", "\u017f", True)
    assert not accepts("ß", "SS", True)


@pytest.mark.parametrize(
    "regex",
    [
        "(",
        "a)",
        "*a",
        "+",
        "{2}",
        "a**",
        "[z-a]",
        "[a",
        "a\\",
        r"(a)\1",
        r"\08",
        r"\k<a>",
        "(?<a>b)",
        "(?<=a)b",
        "a{2,1}",
        "^{2}",
        PHONE + ")",
        "(" * 1_000 + ")" * 1_000,
        "(a{1000}){1000}",
        "(?:(?=a{1000})){1000}",
        "a{999999999}",
        "((?:){5000}){5000}",
    ],
)
def test_pattern__is_left_to_the_browser__if_it_is_none_or_needs_more(regex: str) -> None:
    assert accepts(regex, "x")


@pytest.mark.parametrize(
    ("regex", "text"),
    [
        ("^(a+)+$", "a" * 5_000 + "!"),
        ("^(a|a)*$", "a" * 5_000 + "!"),
        ("^(a|aa)+$", "a" * 5_000 + "!"),
        ("a*a*a*a*a*b", "a" * 5_000),
        ("(.*)*(.*)*(.*)*x$", "y" * 5_000),
        ("(?=(a*)*b)" * 20, "a" * 5_000),
        ("|".join("a" * 10_000), "b" * 1_000),
        (f"[{''.join(map(chr, range(0x4E00, 0x9E00, 2)))}]x", "\u4e00" * 5_000),
        ("(a?){500}" * 5 + "b", "a" * 5_000),
    ],
)
def test_pattern__takes_no_more_than_the_effort__however_it_backtracks(
    regex: str, text: str
) -> None:
    effort = CountedEffort(50_000)

    answer_pattern.accepts(regex, False, text, effort)

    assert effort.spent <= 50_000


def test_pattern__effort_is_shared_and_then_nothing_is_refused() -> None:
    effort = Effort(100)

    assert not answer_pattern.accepts("^b$", False, "a", effort)
    assert answer_pattern.accepts("^b$", False, "a" * 5_000, effort)
    assert answer_pattern.accepts("^b$", False, "a", effort)


def test_matches__says_when_it_does_not_know() -> None:
    with pytest.raises(Exhausted):
        matches([], "a" * 1_000, Effort(10))


# What the two languages share: Python's own engine is the judge.
ATOMS = st.sampled_from(["a", "b", "[ab]", "[^a]", ".", r"\d", r"\w", "(?=a)", "(?!b)", r"\b", "^"])


@st.composite
def patterns(draw: st.DrawFn, depth: int = 2) -> str:
    pieces = []
    for _ in range(draw(st.integers(1, 3))):
        if depth and draw(st.booleans()):
            inner = "|".join(draw(st.lists(patterns(depth - 1), min_size=1, max_size=2)))
            piece = f"({inner})" + draw(st.sampled_from(["", "*", "?", "{1,2}", "+?"]))
        else:
            piece = draw(ATOMS)
            if len(piece) == 1 and piece != "^":
                piece += draw(st.sampled_from(["", "*", "+", "?", "{2}", "{0,2}"]))
        pieces.append(piece)
    return "".join(pieces)


@given(patterns(), st.text("ab1 c", max_size=6))
def test_pattern__agrees_with_another_engine(regex: str, text: str) -> None:
    assert accepts(regex, text) == (re.search(regex, text, re.ASCII) is not None)


@given(
    st.text(st.sampled_from("ab()[]{}*+?|^$\\.-1,dwsbB:=!<k0xu😀\ud800"), max_size=20), st.text()
)
def test_pattern__never_fails(regex: str, text: str) -> None:
    accepts(regex, text, steps=2_000)


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 20)), max_size=5), st.booleans())
def test_units__hold_what_their_ranges_say(pairs: list[tuple[int, int]], negated: bool) -> None:
    ranges = [(low, low + more) for low, more in pairs]

    units = pattern_units.Units(pattern_units.ordered(ranges), negated)

    for unit in range(330):
        assert (unit in units) == (any(low <= unit <= high for low, high in ranges) != negated)
