"""Describes a QuestionForm to the worker's page, as plain JSON values.

The page makes elements from it, never markup: formatted content is the tree of
`formatted_content.to_json`, everything else text.
"""

from __future__ import annotations

import re
from typing import Any

from chalicelib.mturk import formatted_content
from chalicelib.mturk.answer_specification import (
    AnswerSpecification,
    FreeTextAnswer,
    SelectionAnswer,
    Style,
)
from chalicelib.mturk.form_submission import field_name, other_field_name
from chalicelib.mturk.question_content import (
    Binary,
    BulletList,
    Content,
    EmbeddedBinary,
    FormattedContent,
    Title,
)
from chalicelib.mturk.question_form import Overview, QuestionForm

_SHOWN = frozenset({"image", "audio", "video"})
_LENGTH = re.compile(r"[0-9]{1,5}%?")
_SINGLE_STYLES = {Style.RADIOBUTTON: Style.CHECKBOX, Style.DROPDOWN: Style.LIST}


def describe(form: QuestionForm) -> dict[str, Any]:
    """Return `{"parts": [...]}`, overviews and questions in the form's order."""
    parts: list[dict[str, Any]] = []
    number = 0
    for part in form.parts:
        content = [_content(one) for one in part.content]
        if isinstance(part, Overview):
            parts.append({"kind": "overview", "content": content})
            continue
        number += 1
        parts.append(
            {
                "kind": "question",
                "identifier": part.identifier,
                "heading": part.display_name,
                "required": part.is_required,
                "content": content,
                "input": _input(part.answer, number, part.is_required),
            }
        )
    return {"parts": parts}


def _content(content: Content) -> dict[str, Any]:
    if isinstance(content, BulletList):
        return {"kind": "list", "items": list(content.items)}
    if isinstance(content, FormattedContent):
        return {"kind": "formatted", "nodes": formatted_content.to_json(content.tree)}
    if isinstance(content, (Binary, EmbeddedBinary)):
        return _media(content)
    return {"kind": "title" if isinstance(content, Title) else "text", "text": content.text}


def _media(content: Binary | EmbeddedBinary) -> dict[str, Any]:
    width, height = None, None
    if isinstance(content, EmbeddedBinary):
        width, height = _length(content.width), _length(content.height)
    return {
        "kind": "media",
        # What a browser has no element for is offered as a link.
        "media": content.media if content.media in _SHOWN else "link",
        "type": content.media + (f"/{content.subtype}" if content.subtype else ""),
        "url": content.url,
        "alt": content.alt,
        "width": width,
        "height": height,
    }


def _length(text: str) -> str | None:
    text = text.removesuffix("px").strip()
    return text if _LENGTH.fullmatch(text) else None


def _input(answer: AnswerSpecification, number: int, is_required: bool) -> dict[str, Any]:
    if isinstance(answer, FreeTextAnswer):
        return _text_input(answer, field_name(number), is_required)
    return {
        "kind": "selection",
        "field": field_name(number),
        "style": _style(answer),
        "min": answer.least,
        "max": answer.most,
        "choices": [
            {
                "value": one.identifier,
                "content": _content(one.content),
                "label": _label(one.content),
            }
            for one in answer.selections
        ],
        "other": None
        if answer.other is None
        else _text_input(answer.other, other_field_name(number), False),
    }


def _text_input(answer: FreeTextAnswer, field: str, is_required: bool) -> dict[str, Any]:
    numeric = answer.numeric
    return {
        "kind": "text",
        "field": field,
        "required": is_required,
        "lines": answer.lines,
        "default": answer.default_text,
        "numeric": None if numeric is None else {"min": numeric.least, "max": numeric.most},
        "length": {"min": answer.length.least, "max": answer.length.most},
        "patterns": [
            {
                "regex": one.regex,
                "flags": "i" if one.ignore_case else "",
                "errorText": one.error_text,
            }
            for one in answer.formats
        ],
    }


def _style(answer: SelectionAnswer) -> str:
    """The style wished for, or the nearest that lets the worker choose as many as allowed."""
    style = answer.style or (Style.RADIOBUTTON if answer.most == 1 else Style.CHECKBOX)
    if answer.most > 1:
        style = _SINGLE_STYLES.get(style, style)
    return style.value


def _label(content: Content) -> str:
    """What a list that shows words only calls a selection."""
    if isinstance(content, (Binary, EmbeddedBinary)):
        return content.alt
    if isinstance(content, FormattedContent):
        return " ".join(formatted_content.to_text(content.tree).split())
    return " ".join(content.items) if isinstance(content, BulletList) else content.text
