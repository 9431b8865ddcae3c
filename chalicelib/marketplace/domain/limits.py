"""The limits of the service's documentation, and the check of values against them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.marketplace.domain.errors import InvalidParameter
from chalicelib.mturk import documents, prices
from chalicelib.mturk.documents import DocumentError

if TYPE_CHECKING:
    from chalicelib.mturk.question import Question

YEAR_S = 31_536_000
DEFAULT_AUTO_APPROVAL_S = 2_592_000
MAX_ASSIGNMENTS = 1_000_000_000
MAX_TITLE = 128
MAX_DESCRIPTION = 2_000
MAX_KEYWORDS = 1_000
MAX_ANNOTATION = 255
MAX_FEEDBACK = 1_024
MAX_REASON = 4_096

# The two spaces are the service's own.
XML_ERROR = (
    "There was an error parsing the XML question or answer data in your request.  Please make "
    "sure the data is well-formed and validates against the appropriate schema. Details: "
)


def text(name: str, value: str, most: int, least: int = 1) -> str:
    """Check a text's length; control characters other than white space are refused."""
    if len(value) < least:
        raise InvalidParameter(f"Your request parameter {name} has a minimum length of {least}.")
    if len(value) > most:
        raise InvalidParameter(f"Your request parameter {name} has a maximum length of {most}.")
    if any(ord(c) < 32 and c not in "\t\n\r" for c in value):
        raise InvalidParameter(f"Your request parameter {name} has characters that are forbidden.")
    return value


def number(name: str, value: int | float, least: int, most: int) -> int:
    if not least <= value <= most:
        raise InvalidParameter(
            f'The value "{value}" is not valid for the parameter {name}. '
            f"It must be between {least} and {most}."
        )
    return int(value)


def dollars(name: str, value: str, least_cents: int = 0) -> int:
    try:
        cents = prices.parse_dollars(value)
    except prices.PriceError:
        raise InvalidParameter(
            f'The value "{value[:40]}" is not valid for the parameter {name}.'
        ) from None
    if cents < least_cents:
        raise InvalidParameter(f"{name} must be at least {prices.format_dollars(least_cents)}.")
    return cents


def policies(text: str) -> str:
    """Check the size of a HIT's review policies."""
    if len(text.encode()) > documents.MAX_BYTES:
        raise InvalidParameter(f"Review policies have at most {documents.MAX_BYTES} bytes.")
    return text


def question(xml: str) -> Question:
    """Read a question of any kind; raises `InvalidParameter` with the line that is wrong."""
    # Deferred: the parsers are many, and most that check values have no question.
    from chalicelib.mturk import question as questions

    try:
        return questions.parse(xml)
    except DocumentError as error:
        raise InvalidParameter(f"{XML_ERROR}{error}") from None
