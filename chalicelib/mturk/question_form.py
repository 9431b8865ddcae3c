"""QuestionForm: a HIT or a qualification test that the marketplace shows and checks itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from chalicelib.mturk import answer_specification, documents, question_content, schema
from chalicelib.mturk.answer_specification import AnswerSpecification
from chalicelib.mturk.documents import DocumentError, Node
from chalicelib.mturk.question_content import Content
from chalicelib.mturk.schema import Children

# The later schema only lacks what is no longer supported under either.
VERSIONS = ("2017-11-06", "2005-10-01")


@dataclass(frozen=True, slots=True)
class Overview:
    content: tuple[Content, ...]


@dataclass(frozen=True, slots=True)
class Question:
    identifier: str
    content: tuple[Content, ...]
    answer: AnswerSpecification
    display_name: str | None = None
    is_required: bool = False
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class QuestionForm:
    """Overviews and questions, in the order in which they are shown."""

    parts: tuple[Overview | Question, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(part for part in self.parts if isinstance(part, Question))


def parse(xml: str) -> QuestionForm:
    """Read the document; raises `DocumentError` with the line that is wrong."""
    root = documents.parse(xml)
    documents.expect_root(root, "QuestionForm", *VERSIONS)
    children = Children(root)
    parts: list[Overview | Question] = []
    identifiers: set[str] = set()
    while not parts or children.peek() is not None:
        node = children.one("Overview", "Question")
        if node.name == "Overview":
            parts.append(Overview(question_content.parse(node)))
            continue
        question = _question(node)
        if question.identifier in identifiers:
            raise DocumentError(f"QuestionIdentifier {question.identifier!r} is twice", node.line)
        identifiers.add(question.identifier)
        parts.append(question)
    # Without a question nothing could be answered: an answer document holds at least one.
    if not identifiers:
        raise DocumentError("QuestionForm needs a Question", root.line)
    return QuestionForm(tuple(parts))


def _question(node: Node) -> Question:
    children = Children(node)
    identifier = schema.identifier(children.one("QuestionIdentifier"))
    name_node = children.maybe("DisplayName")
    display_name = None if name_node is None else schema.text(name_node)
    required_node = children.maybe("IsRequired")
    is_required = False if required_node is None else schema.boolean(required_node)
    content = question_content.parse(children.one("QuestionContent"))
    answer = answer_specification.parse(children.one("AnswerSpecification"))
    children.end()
    return Question(identifier, content, answer, display_name, is_required, node.line)
