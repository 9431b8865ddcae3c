"""QuestionForm: structure, refusals, and how it is described to the worker's page."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from chalicelib.mturk import documents, form_view, question_form
from chalicelib.mturk.answer_specification import (
    AnswerFormat,
    FreeTextAnswer,
    LengthRange,
    NumericRange,
    SelectionAnswer,
    Style,
)
from chalicelib.mturk.documents import DocumentError
from chalicelib.mturk.question_content import (
    Binary,
    BulletList,
    EmbeddedBinary,
    FormattedContent,
    Text,
    Title,
)
from chalicelib.mturk.question_form import Overview, Question, QuestionForm
from tests.unit.question_forms import forms, write

GAME = """
<Overview>
<Title>Game 01523, "X" to play</Title>
<Text> The board: &lt;b&gt; is no markup </Text>
<List><ListItem>one</ListItem><ListItem/></List>
<FormattedContent><![CDATA[<p align="center"><b>X</b>&nbsp;</p>]]></FormattedContent>
<Binary><MimeType><Type>image</Type><SubType>gif</SubType></MimeType>
<DataURL>http://tictactoe.example.com/board.gif</DataURL><AltText>The board.</AltText></Binary>
<EmbeddedBinary><EmbeddedMimeType><Type>video</Type></EmbeddedMimeType>
<DataURL>https://example.com/a.mp4</DataURL><AltText/><Width>400px</Width><Height>50%</Height>
<ApplicationParameter><Name>n</Name><Value>v</Value></ApplicationParameter></EmbeddedBinary>
</Overview>
<Question>
<QuestionIdentifier>nextmove</QuestionIdentifier><DisplayName>The Next Move</DisplayName>
<IsRequired>true</IsRequired>
<QuestionContent><Text>Where to?</Text></QuestionContent>
<AnswerSpecification><FreeTextAnswer><Constraints>
<IsNumeric minValue="-1" maxValue="999"/><Length minLength="2" maxLength="2"/>
<AnswerFormatRegex regex="\\S" errorText="The content cannot be blank."/>
<AnswerFormatRegex regex="regex" flags="i"/>
</Constraints><DefaultText>C1</DefaultText><NumberOfLinesSuggestion>3</NumberOfLinesSuggestion>
</FreeTextAnswer></AnswerSpecification>
</Question>
<Overview><Text>Now the other.</Text></Overview>
<Question>
<QuestionIdentifier>likelytowin</QuestionIdentifier>
<QuestionContent><Text>How likely?</Text></QuestionContent>
<AnswerSpecification><SelectionAnswer><StyleSuggestion>radiobutton</StyleSuggestion>
<Selections>
<Selection><SelectionIdentifier>notlikely</SelectionIdentifier><Text>Not likely</Text></Selection>
<Selection><SelectionIdentifier> likely </SelectionIdentifier>
<FormattedContent>&lt;i&gt;Likely&lt;/i&gt;</FormattedContent></Selection>
<OtherSelection/></Selections></SelectionAnswer></AnswerSpecification>
</Question>
"""


def document(inner: str, version: str = "2005-10-01") -> str:
    namespace = f"{documents.SCHEMAS}/{version}/QuestionForm.xsd"
    return f'<QuestionForm xmlns="{namespace}">{inner}</QuestionForm>'


def one(answer: str, head: str = "<QuestionIdentifier>q</QuestionIdentifier>") -> str:
    """A form of one question; the answer's specification begins on line 2."""
    return document(
        f"<Question>{head}<QuestionContent><Text>t</Text></QuestionContent><AnswerSpecification>\n"
        f"{answer}</AnswerSpecification></Question>"
    )


def constrained(inner: str) -> str:
    return one(f"<FreeTextAnswer><Constraints>{inner}</Constraints></FreeTextAnswer>")


def choice(inner: str, before: str = "") -> str:
    return one(f"<SelectionAnswer>{before}<Selections>\n{inner}</Selections></SelectionAnswer>")


def selection(name: str) -> str:
    return f"<Selection><SelectionIdentifier>{name}</SelectionIdentifier><Text/></Selection>"


def shows(content: str) -> str:
    """A form whose overview shows something, from line 2 on."""
    return document(f"<Overview>\n{content}</Overview>")


@pytest.mark.parametrize("version", question_form.VERSIONS)
def test_question_form__is_read__in_every_part(version: str) -> None:
    form = question_form.parse(document(GAME, version))

    first, next_move, second, likely = form.parts
    assert isinstance(first, Overview)
    assert isinstance(second, Overview)
    assert form.questions == (next_move, likely)
    assert [type(c) for c in first.content] == [
        Title,
        Text,
        BulletList,
        FormattedContent,
        Binary,
        EmbeddedBinary,
    ]
    assert first.content[1] == Text(" The board: <b> is no markup ")
    assert next_move == Question(
        "nextmove",
        (Text("Where to?"),),
        FreeTextAnswer(
            NumericRange(-1, 999),
            LengthRange(2, 2),
            (
                AnswerFormat("\\S", "The content cannot be blank."),
                AnswerFormat("regex", "Invalid input supplied.", ignore_case=True),
            ),
            "C1",
            3,
        ),
        "The Next Move",
        True,
    )
    assert next_move.line == 13
    assert isinstance(likely, Question)
    answer = likely.answer
    assert isinstance(answer, SelectionAnswer)
    assert [s.identifier for s in answer.selections] == ["notlikely", "likely"]
    assert (answer.least, answer.most, answer.style) == (1, 1, Style.RADIOBUTTON)
    assert answer.other == FreeTextAnswer()
    assert not likely.is_required


@given(forms())
def test_question_form__round_trips(form: QuestionForm) -> None:
    read = question_form.parse(write(form))

    assert read == form
    json.dumps(form_view.describe(read))


@pytest.mark.parametrize(
    ("xml", "line", "says"),
    [
        (document(GAME, "2006-07-14"), 1, "in the namespace"),
        ("<QuestionForm/>", 1, "in the namespace"),
        ("<ExternalQuestion/>", 1, "expected QuestionForm"),
        (document(""), 1, "expected Overview or Question"),
        (document("<Overview><Text>t</Text></Overview>"), 1, "needs a Question"),
        (document("text" + GAME), 1, "text of its own"),
        (document("\n<Overview/>"), 2, "expected Title or Text"),
        (document('\n<Overview xmlns="urn:x"/>'), 2, "must be in the namespace"),
        (document("\n<Overview note='x'/>"), 2, "has no attribute note"),
        (document(GAME + GAME), 47, "'nextmove' is twice"),
        (document("\n<Question/>"), 2, "expected QuestionIdentifier"),
        (one("", "<DisplayName/><QuestionIdentifier>q</QuestionIdentifier>"), 1, "found DisplayN"),
        (one("", "<QuestionIdentifier> </QuestionIdentifier>"), 1, "must not be empty"),
        (one("", "<QuestionIdentifier>a\tb</QuestionIdentifier>"), 1, "one line"),
        (one("", f"<QuestionIdentifier>{'a' * 1025}</QuestionIdentifier>"), 1, "longer than 1024"),
        (
            one("", "<QuestionIdentifier>q</QuestionIdentifier><IsRequired>yes</IsRequired>"),
            1,
            "true or false",
        ),
        (one(""), 1, "expected FreeTextAnswer or SelectionAnswer"),
        (one("<FreeTextAnswer/><FreeTextAnswer/>"), 2, "may not hold FreeTextAnswer here"),
        (
            one(
                "<FileUploadAnswer><MaxFileSizeInBytes>3</MaxFileSizeInBytes>"
                "<MinFileSizeInBytes>1</MinFileSizeInBytes></FileUploadAnswer>"
            ),
            2,
            "FileUploadAnswer is not supported",
        ),
        (shows("<Application><Flash/></Application>"), 2, "Application is not supported"),
        (shows("<Title>t</Title>\n<Image/>"), 3, "found Image"),
        (shows("<Title><b>t</b></Title>"), 2, "text only"),
        (shows("<List/>"), 2, "expected ListItem"),
        (shows("<FormattedContent>\n\n&lt;script/></FormattedContent>"), 4, "script is not supp"),
        (shows("<FormattedContent><b>t</b></FormattedContent>"), 2, "text only"),
        (shows("<Binary><DataURL>http://a/</DataURL></Binary>"), 2, "expected MimeType"),
        (
            shows("<Binary><MimeType><Type>text</Type></MimeType></Binary>"),
            2,
            "image, audio, video",
        ),
        (
            shows(
                "<Binary><MimeType><Type>image</Type></MimeType>"
                "\n<DataURL>javascript:alert(1)</DataURL></Binary>"
            ),
            3,
            "http or https",
        ),
        (one("<FreeTextAnswer><DefaultText/>\n<Constraints/></FreeTextAnswer>"), 3, "not hold Con"),
        (
            constrained("<IsNumeric minValue='1.5'/>"),
            2,
            "minValue must be a whole number",
        ),
        (
            constrained("\n<IsNumeric minValue='2' maxValue='1'/>"),
            3,
            "minValue 2 is more",
        ),
        (
            constrained("<Length maxLength='0'/>"),
            2,
            "maxLength must be 1",
        ),
        (
            constrained("<Length minLength='3' maxLength='2'/>"),
            2,
            "minLength 3 is more",
        ),
        (
            constrained("<Length>3</Length>"),
            2,
            "text of its own",
        ),
        (
            constrained("<AnswerFormatRegex/>"),
            2,
            "needs the attribute regex",
        ),
        (
            constrained("<AnswerFormatRegex regex='a' flags='g'/>"),
            2,
            "flags may be i only",
        ),
        (
            one(
                "<FreeTextAnswer><NumberOfLinesSuggestion>0</NumberOfLinesSuggestion></FreeTextAnswer>"
            ),
            2,
            "must be 1 to",
        ),
        (choice(""), 2, "expected Selection"),
        (choice(selection("a") + "\n" + selection("a")), 4, "'a' is twice"),
        (choice("<OtherSelection/>" + selection("a")), 3, "expected Selection"),
        (choice("<Selection><Text/></Selection>"), 3, "expected SelectionIdentifier"),
        (
            choice("<Selection><SelectionIdentifier>a</SelectionIdentifier><Title/></Selection>"),
            3,
            "expected Text or FormattedContent or Binary",
        ),
        (choice(selection("a"), "<StyleSuggestion>slider</StyleSuggestion>"), 2, "radiobutton, "),
        (choice(selection("a"), "<MinSelectionCount>2</MinSelectionCount>"), 2, "must be 0 to 1"),
        (choice(selection("a"), "<MaxSelectionCount>0</MaxSelectionCount>"), 2, "must be 1 to"),
        (
            choice(selection("a") + selection("b"), "\n<MinSelectionCount>2</MinSelectionCount>"),
            3,
            "more than the maximum 1",
        ),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]>" + document(GAME), 1, "not allowed"),
        (document(GAME + " " * 65_536), 0, "65535"),
    ],
)
def test_question_form__refuses_with_the_line_that_is_wrong(xml: str, line: int, says: str) -> None:
    with pytest.raises(DocumentError, match=says) as caught:
        question_form.parse(xml)

    assert caught.value.line == line


def test_question_form__takes__the_documentations_name_for_style_and_counts_above_all() -> None:
    form = question_form.parse(
        choice(
            selection("a"),
            "<MaxSelectionCount>3</MaxSelectionCount><StyleSuggestions>list</StyleSuggestions>",
        )
    )

    answer = form.questions[0].answer
    assert isinstance(answer, SelectionAnswer)
    assert (answer.most, answer.style) == (1, Style.LIST)


def test_question_form__takes__a_note_on_where_its_schema_lies() -> None:
    xml = document(GAME).replace(
        " xmlns=",
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b" xmlns=',
    )

    assert len(question_form.parse(xml).questions) == 2


def test_form_view__says_what_the_page_has_to_make() -> None:
    view = form_view.describe(question_form.parse(document(GAME)))

    overview, next_move, _, likely = view["parts"]
    assert overview["kind"] == "overview"
    assert overview["content"][2:] == [
        {"kind": "list", "items": ["one", ""]},
        {
            "kind": "formatted",
            "nodes": [["p", {"align": "center"}, [["b", {}, ["X"]], "\xa0"]]],
        },
        {
            "kind": "media",
            "media": "image",
            "type": "image/gif",
            "url": "http://tictactoe.example.com/board.gif",
            "alt": "The board.",
            "width": None,
            "height": None,
        },
        {
            "kind": "media",
            "media": "video",
            "type": "video",
            "url": "https://example.com/a.mp4",
            "alt": "",
            "width": "400",
            "height": "50%",
        },
    ]
    assert (next_move["heading"], next_move["required"]) == ("The Next Move", True)
    assert next_move["input"] == {
        "kind": "text",
        "field": "q1",
        "required": True,
        "lines": 3,
        "default": "C1",
        "numeric": {"min": -1, "max": 999},
        "length": {"min": 2, "max": 2},
        "patterns": [
            {"regex": "\\S", "flags": "", "errorText": "The content cannot be blank."},
            {"regex": "regex", "flags": "i", "errorText": "Invalid input supplied."},
        ],
    }
    assert likely["input"]["field"] == "q2"
    assert likely["input"]["style"] == "radiobutton"
    assert [c["label"] for c in likely["input"]["choices"]] == ["Not likely", "Likely"]
    assert likely["input"]["other"]["field"] == "q2.other"
    json.dumps(view)


@pytest.mark.parametrize(
    ("suggested", "most", "shown"),
    [
        ("", 1, "radiobutton"),
        ("", 2, "checkbox"),
        ("radiobutton", 2, "checkbox"),
        ("dropdown", 2, "list"),
        ("dropdown", 1, "dropdown"),
        ("combobox", 2, "combobox"),
        ("multichooser", 2, "multichooser"),
    ],
)
def test_form_view__gives_up_a_style__that_cannot_take_as_many(
    suggested: str, most: int, shown: str
) -> None:
    style = f"<StyleSuggestion>{suggested}</StyleSuggestion>" if suggested else ""
    form = question_form.parse(
        choice(
            selection("a") + selection("b"),
            f"<MaxSelectionCount>{most}</MaxSelectionCount>{style}",
        )
    )

    assert form_view.describe(form)["parts"][0]["input"]["style"] == shown
