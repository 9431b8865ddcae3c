"""The question of a HIT, whichever of the three kinds it is."""

from __future__ import annotations

from chalicelib.mturk import documents, external_question, html_question, question_form
from chalicelib.mturk.documents import DocumentError
from chalicelib.mturk.external_question import ExternalQuestion
from chalicelib.mturk.html_question import HTMLQuestion
from chalicelib.mturk.question_form import QuestionForm

Question = ExternalQuestion | HTMLQuestion | QuestionForm


def parse(xml: str) -> Question:
    """Read a document by its root element; raises `DocumentError` with the line that is wrong."""
    root = documents.parse(xml)
    if root.name == "HTMLQuestion":
        return html_question.parse(xml)
    if root.name == "ExternalQuestion":
        return external_question.parse(xml)
    if root.name == "QuestionForm":
        return question_form.parse(xml)
    raise DocumentError(
        f"expected ExternalQuestion, HTMLQuestion or QuestionForm, found {root.name}", root.line
    )
