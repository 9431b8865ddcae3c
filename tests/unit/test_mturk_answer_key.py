"""AnswerKey: grading by the reference's own example, and keys that fit no test."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.mturk import answer_key, documents, qualification_test, question_form
from chalicelib.mturk.answer_key import (
    AnswerKey,
    AnswerOption,
    KeyedQuestion,
    Mapped,
    PercentageMapping,
    RangeMapping,
    ScaleMapping,
    ScoreRange,
)
from chalicelib.mturk.answer_specification import SelectionAnswer
from chalicelib.mturk.documents import DocumentError
from chalicelib.mturk.question_form import QuestionForm
from tests.unit.question_forms import forms, write

QUESTIONS = """
<Question><QuestionIdentifier>nextmove</QuestionIdentifier>
<AnswerOption><SelectionIdentifier>D</SelectionIdentifier><AnswerScore>5</AnswerScore>
</AnswerOption></Question>
<Question><QuestionIdentifier>favoritefruit</QuestionIdentifier>
<AnswerOption><SelectionIdentifier>apples</SelectionIdentifier><AnswerScore>10</AnswerScore>
</AnswerOption></Question>
"""
PERCENTAGE = "<PercentageMapping><MaximumSummedScore>15</MaximumSummedScore></PercentageMapping>"
SCALE = "<ScaleMapping><SummedScoreMultiplier>3</SummedScoreMultiplier></ScaleMapping>"


def score_range(low: int, high: int, value: int) -> str:
    return (
        f"<SummedScoreRange><InclusiveLowerBound>{low}</InclusiveLowerBound>"
        f"<InclusiveUpperBound>{high}</InclusiveUpperBound>"
        f"<QualificationValue>{value}</QualificationValue></SummedScoreRange>"
    )


def ranges(*written: str, otherwise: int = 0) -> str:
    return (
        f"<RangeMapping>{''.join(written)}<OutOfRangeQualificationValue>{otherwise}"
        "</OutOfRangeQualificationValue></RangeMapping>"
    )


RANGES = ranges(score_range(5, 7, 5), score_range(8, 10, 10))


def question(name: str, *selections: str, most: int = 2, after: str = "") -> str:
    choices = "".join(
        f"<Selection><SelectionIdentifier>{one}</SelectionIdentifier><Text/></Selection>"
        for one in selections
    )
    return (
        f"<Question><QuestionIdentifier>{name}</QuestionIdentifier><QuestionContent><Text/>"
        f"</QuestionContent><AnswerSpecification><SelectionAnswer><MaxSelectionCount>{most}"
        f"</MaxSelectionCount><Selections>{choices}{after}</Selections></SelectionAnswer>"
        "</AnswerSpecification></Question>"
    )


FREE_TEXT = (
    "<Question><QuestionIdentifier>why</QuestionIdentifier><QuestionContent><Text/>"
    "</QuestionContent><AnswerSpecification><FreeTextAnswer/></AnswerSpecification></Question>"
)


def form_xml(*questions: str) -> str:
    namespace = f"{documents.SCHEMAS}/2017-11-06/QuestionForm.xsd"
    return f'<QuestionForm xmlns="{namespace}">{"".join(questions)}</QuestionForm>'


MOVES = question("nextmove", "C", "D", "E")
FRUIT = question("favoritefruit", "apples", "pears")
TEST = form_xml(MOVES, FRUIT)


def key_xml(inner: str, mapping: str = "") -> str:
    if mapping:
        mapping = f"<QualificationValueMapping>\n{mapping}</QualificationValueMapping>"
    namespace = f"{documents.SCHEMAS}/2005-10-01/AnswerKey.xsd"
    return f'<AnswerKey xmlns="{namespace}">{inner}{mapping}</AnswerKey>'


def grade(mapping: str, move: str | list[str], fruit: str | list[str]) -> int | None:
    test = qualification_test.parse(TEST, key_xml(QUESTIONS, mapping))
    return test.value({"nextmove": move, "favoritefruit": fruit})


@pytest.mark.parametrize(
    ("move", "fruit", "values"),
    [
        (["D"], ["apples"], (15, 100, 45, 0)),
        (["D"], ["pears"], (5, 33, 15, 5)),
        (["C"], ["apples"], (10, 67, 30, 10)),
        (["D", "E"], ["apples"], (10, 67, 30, 10)),
        ([], [], (0, 0, 0, 0)),
        ("D", "D", (5, 33, 15, 5)),
    ],
)
def test_score__is_as_in_the_reference(
    move: str | list[str], fruit: str | list[str], values: tuple[int, ...]
) -> None:
    assert tuple(grade(m, move, fruit) for m in ("", PERCENTAGE, SCALE, RANGES)) == values


def keyed(mapping: Mapped | None, default: int = 0) -> AnswerKey:
    options = tuple(
        AnswerOption(frozenset(names), score)
        for names, score in (("a", 1), ("b", -3), ("ab", 7), ("c", 2**31 - 1))
    )
    return AnswerKey((KeyedQuestion("q", options, default),), mapping)


def test_score__takes_the_set_and_no_others() -> None:
    key = keyed(None, default=-1)

    assert [answer_key.score(key, {"q": list(names)}) for names in ("a", "b", "ba", "abc")] == [
        1,
        -3,
        7,
        -1,
    ]
    assert answer_key.score(key, {}) == -1


@pytest.mark.parametrize(
    ("multiplier", "names", "value"),
    [
        ("0.5", "a", 1),  # 0.5 is rounded up
        ("0.5", "ab", 4),
        ("0.5", "b", -1),  # and so is -1.5
        ("0.49", "a", 0),
        ("1", "c", 2**31 - 1),
        ("10", "c", 2**31 - 1),
        ("-10", "c", -(2**31)),
    ],
)
def test_score__rounds_half_up_and_stays_an_integer(
    multiplier: str, names: str, value: int
) -> None:
    key = keyed(ScaleMapping(Fraction(multiplier)))

    assert answer_key.score(key, {"q": list(names)}) == value


def test_score__percentage_is_rounded_to_the_nearest() -> None:
    def percent(maximum: int, names: str) -> int:
        return answer_key.score(keyed(PercentageMapping(maximum)), {"q": list(names)})

    assert [percent(maximum, "a") for maximum in (3, 8, 200, 201)] == [33, 13, 1, 0]
    assert percent(5, "ab") == 140
    assert percent(200, "b") == -1


def test_score__of_ranges_that_overlap_the_first_counts() -> None:
    mapping = RangeMapping((ScoreRange(0, 1, 10), ScoreRange(1, 7, 20)), 30)

    assert [answer_key.score(keyed(mapping), {"q": list(names)}) for names in ("a", "ab", "b")] == [
        10,
        20,
        30,
    ]


@pytest.mark.parametrize("text", ["3", "+3.", " 3.0 ", "0.3e1", "30E-1"])
def test_key__multiplier_is_any_way_to_write_a_number(text: str) -> None:
    test = qualification_test.parse(TEST, key_xml(QUESTIONS, SCALE.replace("3", text)))

    assert test.key is not None
    assert test.key.mapping == ScaleMapping(Fraction(3))


def test_test__without_a_key_is_graded_by_a_person() -> None:
    test = qualification_test.parse(
        form_xml(FREE_TEXT, question("q", "a", after="<OtherSelection/>"))
    )

    assert test.key is None
    assert test.value({"why": "x"}) is None


def option(selections: str = "D", score: str = "1") -> str:
    names = "".join(f"<SelectionIdentifier>{s}</SelectionIdentifier>" for s in selections)
    return f"<AnswerOption>{names}<AnswerScore>{score}</AnswerScore></AnswerOption>"


def entry(options: str, name: str = "nextmove") -> str:
    return f"\n<Question><QuestionIdentifier>{name}</QuestionIdentifier>\n{options}</Question>"


@pytest.mark.parametrize(
    ("xml", "line", "says"),
    [
        (key_xml(QUESTIONS).replace("2005-10-01", "2017-11-06"), 1, "in the namespace"),
        (key_xml(""), 1, "expected Question"),
        (key_xml(QUESTIONS + QUESTIONS), 9, "'nextmove' is twice"),
        (key_xml(entry(option(), "lastmove")), 2, "no question 'lastmove'"),
        (key_xml(entry("")), 2, "expected AnswerOption"),
        (key_xml(entry(option("CX"))), 3, "no selection 'X'"),
        (key_xml(entry(option(""))), 3, "expected SelectionIdentifier"),
        (key_xml(entry(option("CD") + option("DC"))), 3, "are the same"),
        (key_xml(entry(option("D", "1.5"))), 3, "AnswerScore must be a whole number"),
        (key_xml(entry(option("D", "2147483648"))), 3, "must be -2147483648 to"),
        (key_xml(entry("<DefaultScore>1</DefaultScore>" + option())), 3, "expected AnswerOption"),
        (key_xml(entry(option()), "<SumMapping/>"), 4, "expected PercentageMapping or"),
        (key_xml(entry(option()), PERCENTAGE + SCALE), 4, "may not hold ScaleMapping"),
        (key_xml(entry(option()), PERCENTAGE.replace("15", "0")), 4, "must be 1 to"),
        (key_xml(entry(option()), SCALE.replace("3", "INF")), 4, "must be a number"),
        (key_xml(entry(option()), SCALE.replace("3", "1e999999999")), 4, "must be a number"),
        (key_xml(entry(option()), ranges(score_range(7, 5, 1))), 4, "below its start"),
        (key_xml(entry(option()), ranges()), 4, "expected SummedScoreRange"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]>" + key_xml(QUESTIONS), 1, "not allowed"),
        (key_xml(QUESTIONS + " " * 65_536), 0, "65535"),
    ],
)
def test_key__is_refused_with_the_line_that_is_wrong(xml: str, line: int, says: str) -> None:
    with pytest.raises(DocumentError, match=says) as caught:
        qualification_test.parse(TEST, xml)

    assert caught.value.line == line
    assert caught.value.message.startswith("AnswerKey: ")


@pytest.mark.parametrize(
    ("test", "line", "says"),
    [
        (form_xml(MOVES, FRUIT, "\n", FREE_TEXT), 2, "cannot ask for free text"),
        (
            form_xml(FRUIT, "\n", question("nextmove", "D", after="<OtherSelection/>")),
            2,
            "cannot have OtherSelection",
        ),
        (
            f'<ExternalQuestion xmlns="{documents.SCHEMAS}/2006-07-14/ExternalQuestion.xsd"/>',
            1,
            "expected QuestionForm",
        ),
    ],
)
def test_test__is_refused__if_no_key_can_grade_it(test: str, line: int, says: str) -> None:
    with pytest.raises(DocumentError, match=says) as caught:
        qualification_test.parse(test, key_xml(QUESTIONS))

    assert caught.value.line == line
    assert caught.value.message.startswith("Test: ")


INTEGERS = st.integers(-(2**31), 2**31 - 1)


@st.composite
def graded_forms(draw: st.DrawFn) -> tuple[QuestionForm, AnswerKey]:
    form = draw(forms(gradable=True))
    questions = []
    for one in form.questions:
        assert isinstance(one.answer, SelectionAnswer)
        names = st.sampled_from([selection.identifier for selection in one.answer.selections])
        sets = draw(st.lists(st.frozensets(names, min_size=1), min_size=1, unique=True))
        options = tuple(AnswerOption(chosen, draw(INTEGERS)) for chosen in sets)
        questions.append(KeyedQuestion(one.identifier, options, draw(INTEGERS)))
    mapping = draw(
        st.none()
        | st.builds(PercentageMapping, st.integers(1, 2**31 - 1))
        | st.decimals(-1000, 1000, places=3).map(lambda number: ScaleMapping(Fraction(number)))
        | st.builds(
            RangeMapping,
            st.lists(
                st.tuples(INTEGERS, INTEGERS, INTEGERS).map(
                    lambda three: ScoreRange(min(three[:2]), max(three[:2]), three[2])
                ),
                min_size=1,
                max_size=3,
            ).map(tuple),
            INTEGERS,
        )
    )
    return form, AnswerKey(tuple(questions), mapping)


def write_key(key: AnswerKey) -> str:
    def text(name: str, value: object) -> str:
        return f"<{name}>{documents.escape(str(value))}</{name}>"

    questions = "".join(
        f"<Question>{text('QuestionIdentifier', one.identifier)}"
        + "".join(
            "<AnswerOption>"
            + "".join(text("SelectionIdentifier", name) for name in option.selections)
            + f"{text('AnswerScore', option.score)}</AnswerOption>"
            for option in one.options
        )
        + f"{text('DefaultScore', one.default_score)}</Question>"
        for one in key.questions
    )
    if isinstance(key.mapping, PercentageMapping):
        return key_xml(questions, PERCENTAGE.replace("15", str(key.mapping.maximum)))
    if isinstance(key.mapping, ScaleMapping):
        return key_xml(questions, SCALE.replace("3", f"{float(key.mapping.multiplier):.3f}"))
    if isinstance(key.mapping, RangeMapping):
        written = [score_range(one.least, one.most, one.value) for one in key.mapping.ranges]
        return key_xml(questions, ranges(*written, otherwise=key.mapping.otherwise))
    return key_xml(questions)


@settings(max_examples=40)
@given(graded_forms())
def test_key__round_trips_with_its_test(pair: tuple[QuestionForm, AnswerKey]) -> None:
    form, key = pair

    read = qualification_test.parse(write(form), write_key(key))

    assert read == qualification_test.QualificationTest(form, key)


@settings(max_examples=40)
@given(graded_forms(), st.data())
def test_score__is_an_integer_for_any_answers(
    pair: tuple[QuestionForm, AnswerKey], data: st.DataObject
) -> None:
    form, key = pair
    names = st.sampled_from([question.identifier for question in form.questions])
    given_answers = data.draw(st.dictionaries(names, st.text() | st.lists(st.text(max_size=2))))

    value = answer_key.score(key, given_answers)

    assert -(2**31) <= value < 2**31


def test_question_form__is_a_test__whatever_its_kind_of_answers() -> None:
    form = question_form.parse(form_xml(FREE_TEXT))

    with pytest.raises(DocumentError, match="free text"):
        answer_key.check_gradable(form)
