"""QuestionForms at random, and the document of one."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from hypothesis import strategies as st

from chalicelib.mturk import documents, formatted_content
from chalicelib.mturk.answer_specification import (
    AnswerFormat,
    AnswerSpecification,
    FreeTextAnswer,
    LengthRange,
    NumericRange,
    Selection,
    SelectionAnswer,
    Style,
)
from chalicelib.mturk.question_content import (
    Binary,
    BulletList,
    Content,
    EmbeddedBinary,
    FormattedContent,
    Text,
    Title,
)
from chalicelib.mturk.question_form import Overview, Question, QuestionForm

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), max_size=8)
IDENTIFIERS = TEXTS.map(str.strip).filter(bool)
URLS = st.sampled_from(["https://example.org/a.gif?b=1&c=2", "http://example.org:8080/"])
TREES = st.sampled_from(
    ["<p>a &amp; b</p>", "<ul><li>x</li></ul>", "&nbsp;<b>]]&gt;</b>", "plain"]
).map(formatted_content.parse)

BINARIES = st.builds(
    Binary,
    st.sampled_from(["image", "audio", "video"]),
    st.none() | st.sampled_from(["gif", "mp4"]),
    URLS,
    TEXTS,
)
CONTENTS: st.SearchStrategy[Content] = st.one_of(
    st.builds(Title, TEXTS),
    st.builds(Text, TEXTS),
    st.builds(BulletList, st.lists(TEXTS, min_size=1, max_size=3).map(tuple)),
    st.builds(FormattedContent, TREES),
    BINARIES,
    st.builds(
        EmbeddedBinary,
        st.sampled_from(["image", "application"]),
        st.none() | st.just("gif"),
        URLS,
        TEXTS,
        st.sampled_from(["400", "50%", "wide"]),
        st.just("300"),
        st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple),
    ),
)
CONTENT_LISTS = st.lists(CONTENTS, min_size=1, max_size=3).map(tuple)
BOUNDS = st.tuples(st.integers(0, 9), st.integers(9, 20))
FORMATS = st.builds(
    AnswerFormat,
    st.sampled_from([r"\S", r"(^$|\S{2,})", "^a|b$", "(", r"\1"]),
    IDENTIFIERS,
    st.booleans(),
)
FREE_TEXTS = st.builds(
    FreeTextAnswer,
    st.none()
    | st.builds(NumericRange)
    | BOUNDS.map(lambda pair: NumericRange(pair[0] - 20, pair[1])),
    st.builds(LengthRange) | BOUNDS.map(lambda pair: LengthRange(*pair)),
    st.lists(FORMATS, max_size=2).map(tuple),
    TEXTS,
    st.integers(1, 30),
)


@st.composite
def selection_answers(draw: st.DrawFn, other: bool = True) -> SelectionAnswer:
    names = draw(st.lists(IDENTIFIERS, min_size=1, max_size=4, unique=True))
    contents = st.one_of(st.builds(Text, TEXTS), st.builds(FormattedContent, TREES), BINARIES)
    least = draw(st.integers(0, len(names)))
    return SelectionAnswer(
        tuple(Selection(name, draw(contents)) for name in names),
        least,
        draw(st.integers(max(least, 1), len(names))),
        draw(st.none() | st.sampled_from(Style)),
        draw(st.none() | FREE_TEXTS) if other else None,
    )


@st.composite
def forms(draw: st.DrawFn, gradable: bool = False) -> QuestionForm:
    """Any form, or one that a key can grade, which shows little: its answers are what counts."""
    contents = st.just((Text("?"),)) if gradable else CONTENT_LISTS
    choices: st.SearchStrategy[AnswerSpecification] = selection_answers(other=not gradable)
    answers = choices if gradable else FREE_TEXTS | choices
    parts: list[Overview | Question] = []
    for name in draw(st.lists(IDENTIFIERS, min_size=1, max_size=4, unique=True)):
        if draw(st.booleans()):
            parts.append(Overview(draw(contents)))
        display_name = draw(st.none() | TEXTS)
        parts.append(
            Question(name, draw(contents), draw(answers), display_name, draw(st.booleans()))
        )
    return QuestionForm(tuple(parts))


def write(form: QuestionForm, version: str = "2017-11-06") -> str:
    """The form as a document."""
    inner = "\n".join(_part(part) for part in form.parts)
    namespace = f"{documents.SCHEMAS}/{version}/QuestionForm.xsd"
    return f'<QuestionForm xmlns="{namespace}">{inner}</QuestionForm>'


def _element(name: str, inner: str) -> str:
    return f"<{name}>{inner}</{name}>"


def _text(name: str, text: object) -> str:
    return _element(name, documents.escape(str(text)))


def _part(part: Overview | Question) -> str:
    content = "".join(_content(one) for one in part.content)
    if isinstance(part, Overview):
        return _element("Overview", content)
    display_name = "" if part.display_name is None else _text("DisplayName", part.display_name)
    return _element(
        "Question",
        _text("QuestionIdentifier", part.identifier)
        + display_name
        + _text("IsRequired", str(part.is_required).lower())
        + _element("QuestionContent", content)
        + _element("AnswerSpecification", _answer(part.answer)),
    )


def _content(content: Content) -> str:
    if isinstance(content, Title):
        return _text("Title", content.text)
    if isinstance(content, Text):
        return _text("Text", content.text)
    if isinstance(content, BulletList):
        return _element("List", "".join(_text("ListItem", item) for item in content.items))
    if isinstance(content, FormattedContent):
        return _text("FormattedContent", formatted_content.to_html(content.tree))
    subtype = "" if content.subtype is None else _text("SubType", content.subtype)
    media = _text("Type", content.media) + subtype
    data = _text("DataURL", content.url) + _text("AltText", content.alt)
    if isinstance(content, Binary):
        return _element("Binary", _element("MimeType", media) + data)
    parameters = "".join(
        _element("ApplicationParameter", _text("Name", name) + _text("Value", value))
        for name, value in content.parameters
    )
    box = _text("Width", content.width) + _text("Height", content.height)
    return _element("EmbeddedBinary", _element("EmbeddedMimeType", media) + data + box + parameters)


def _answer(answer: AnswerSpecification) -> str:
    if isinstance(answer, FreeTextAnswer):
        return _element("FreeTextAnswer", _free_text(answer))
    selections = "".join(
        _element("Selection", _text("SelectionIdentifier", one.identifier) + _content(one.content))
        for one in answer.selections
    )
    other = "" if answer.other is None else _element("OtherSelection", _free_text(answer.other))
    style = "" if answer.style is None else _text("StyleSuggestion", answer.style.value)
    return _element(
        "SelectionAnswer",
        _text("MinSelectionCount", answer.least)
        + _text("MaxSelectionCount", answer.most)
        + style
        + _element("Selections", selections + other),
    )


def _free_text(answer: FreeTextAnswer) -> str:
    numeric = answer.numeric
    constraints = ""
    if numeric is not None:
        constraints += f"<IsNumeric{_bounds('Value', numeric.least, numeric.most)}/>"
    constraints += f"<Length{_bounds('Length', answer.length.least, answer.length.most)}/>"
    for one in answer.formats:
        flags = ' flags="i"' if one.ignore_case else ""
        constraints += (
            f"<AnswerFormatRegex regex={quoteattr(one.regex)} "
            f"errorText={quoteattr(one.error_text)}{flags}/>"
        )
    return (
        _element("Constraints", constraints)
        + _text("DefaultText", answer.default_text)
        + _text("NumberOfLinesSuggestion", answer.lines)
    )


def _bounds(name: str, least: int | None, most: int | None) -> str:
    least_text = "" if least is None else f' min{name}="{least}"'
    return least_text + ("" if most is None else f' max{name}="{most}"')
