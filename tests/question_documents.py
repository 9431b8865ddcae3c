"""Questions of all kinds as requesters write them, for tests."""

from __future__ import annotations

from typing import Any

from chalicelib.mturk import html_question
from chalicelib.mturk.documents import SCHEMAS

# A picture that needs no network: what a form shows may lie anywhere on the web.
PICTURE = "https://pictures.example/leaf.svg"


def form(*parts: str, version: str = "2017-11-06") -> str:
    space = f"{SCHEMAS}/{version}/QuestionForm.xsd"
    inner = "\n".join(parts)
    declaration = '<?xml version="1.0" encoding="UTF-8"?>'
    return f'{declaration}\n<QuestionForm xmlns="{space}">{inner}</QuestionForm>'


def question(
    name: str, content: str, answer: str, *, heading: str = "", required: bool = False
) -> str:
    shown = f"<DisplayName>{heading}</DisplayName>" if heading else ""
    return (
        f"<Question><QuestionIdentifier>{name}</QuestionIdentifier>{shown}"
        f"<IsRequired>{str(required).lower()}</IsRequired>"
        f"<QuestionContent>{content}</QuestionContent>"
        f"<AnswerSpecification>{answer}</AnswerSpecification></Question>"
    )


def free_text(constraints: str = "", default: str = "", lines: int = 1) -> str:
    inner = f"<Constraints>{constraints}</Constraints>" if constraints else ""
    inner += f"<DefaultText>{default}</DefaultText>" if default else ""
    inner += f"<NumberOfLinesSuggestion>{lines}</NumberOfLinesSuggestion>"
    return f"<FreeTextAnswer>{inner}</FreeTextAnswer>"


def selection(style: str, *choices: str, least: int = 1, most: int = 1, other: bool = False) -> str:
    """Choices are texts, or elements such as a picture, named a, b, c and so on."""
    shown = "".join(
        f"<Selection><SelectionIdentifier>{chr(97 + at)}</SelectionIdentifier>"
        + (one if one.startswith("<") else f"<Text>{one}</Text>")
        + "</Selection>"
        for at, one in enumerate(choices)
    )
    extra = "<OtherSelection/>" if other else ""
    return (
        f"<SelectionAnswer><MinSelectionCount>{least}</MinSelectionCount>"
        f"<MaxSelectionCount>{most}</MaxSelectionCount>"
        f"<StyleSuggestion>{style}</StyleSuggestion>"
        f"<Selections>{shown}{extra}</Selections></SelectionAnswer>"
    )


def text(words: str) -> str:
    return f"<Text>{words}</Text>"


def formatted(markup: str) -> str:
    return f"<FormattedContent><![CDATA[{markup}]]></FormattedContent>"


def picture(alt: str, url: str = PICTURE) -> str:
    return (
        "<Binary><MimeType><Type>image</Type><SubType>svg+xml</SubType></MimeType>"
        f"<DataURL>{url}</DataURL><AltText>{alt}</AltText></Binary>"
    )


OVERVIEW = (
    "<Overview><Title>Leaves of the park</Title>"
    "<Text>Look at each picture as long as you like. There are no wrong answers.</Text>"
    "<List><ListItem>One picture at a time</ListItem><ListItem>Guess if you must</ListItem></List>"
    + formatted(
        '<p>Read <b>all</b> of it, or <a href="https://example.org/guide">the guide</a>:</p>'
        '<table border="1" cellpadding="4"><tr><th>Leaf</th><th>Tree</th></tr>'
        '<tr><td bgcolor="#ffffcc">hand-shaped</td><td>maple</td></tr></table>'
    )
    + "</Overview>"
)

_COUNTRIES = (
    "Austria",
    "Belgium",
    "Chile",
    "Denmark",
    "Estonia",
    "France",
    "Ghana",
    "Haiti",
    "Iceland",
    "Japan",
)

# Every way of answering there is.
EVERY_INPUT = form(
    OVERVIEW,
    question(
        "leaf",
        text("Which of these grows by the pond?") + picture("Two leaves side by side"),
        selection("radiobutton", "Maple", "Oak", formatted("<i>Ginkgo</i> biloba")),
        heading="The pond",
        required=True,
    ),
    question(
        "seen",
        text("Which have you seen yourself?"),
        selection("checkbox", "Ash", "Beech", "Cherry", least=0, most=2, other=True),
    ),
    question(
        "look",
        text("Which picture is sharper?"),
        selection("dropdown", picture("Left leaf"), picture("Right leaf"), least=0),
    ),
    question(
        "season",
        text("In which season?"),
        selection("dropdown", "Spring", "Summer", "Autumn", "Winter"),
        required=True,
    ),
    question(
        "size", text("How big is it?"), selection("list", "Small", "Middling", "Large", least=0)
    ),
    question(
        "kin",
        text("Which are related?"),
        selection("list", "Rose", "Apple", "Pine", least=0, most=3),
    ),
    question(
        "colour",
        text("What colour is it?"),
        selection("combobox", "Green", "Red", "Yellow", least=0, other=True),
    ),
    question(
        "home", text("Where does it grow?"), selection("multichooser", *_COUNTRIES, least=0, most=5)
    ),
    question(
        "width",
        text("How wide is it, in millimetres?"),
        free_text('<IsNumeric minValue="1" maxValue="500"/>'),
        required=True,
    ),
    question(
        "code",
        text("The code on the back of the picture"),
        free_text(
            '<AnswerFormatRegex regex="^[A-Z]{2}[0-9]{3}$" '
            'errorText="Two capitals and three digits, as in AB123."/>'
        ),
        required=True,
    ),
    question(
        "why",
        text("What made you choose it?"),
        free_text('<Length minLength="10" maxLength="200"/>', lines=4),
        heading="Your reasons",
    ),
    question("note", text("Anything else?"), free_text(default="Nothing")),
)

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A page</title>
<script src="https://s3.amazonaws.com/mturk-public/externalHIT_v1.js"></script></head>
<body><form name="mturk_form" id="mturk_form" method="post"
 action="https://www.mturk.com/mturk/externalSubmit">
<input type="hidden" name="assignmentId" id="assignmentId" value="">
<label>Name the soup <input name="soup" id="soup"></label>
<input type="submit" id="submitButton" value="Submit"></form>
<script>turkSetAssignmentID();</script></body></html>"""

HTML = html_question.build(PAGE, 500)


def html(body: str, height: int = 400) -> str:
    page = f"<!doctype html><html lang='en'><head><title>x</title></head><body>{body}</body></html>"
    return html_question.build(page, height)


def hit(title: str, question: str, **changes: Any) -> dict[str, Any]:
    """Arguments for `create_hit`."""
    return {
        "Title": title,
        "Description": "A short piece of work",
        "Reward": "0.10",
        "LifetimeInSeconds": 3600,
        "AssignmentDurationInSeconds": 900,
        "MaxAssignments": 3,
        "Question": question,
        **changes,
    }
