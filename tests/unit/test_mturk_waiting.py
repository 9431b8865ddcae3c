"""The word of an annotation that tells how long a HIT may keep its worker waiting."""

from __future__ import annotations

import pytest

from chalicelib.mturk import waiting


def test_annotated__is_read_back_and_leaves_the_rest() -> None:
    text = waiting.annotated("retainer:abc", 300)

    assert text == "retainer:abc max-wait=300"
    assert waiting.max_wait_s(text) == 300
    assert waiting.max_wait_s(waiting.annotated("", 5)) == 5


@pytest.mark.parametrize(
    "annotation",
    [None, "", "mine", "max-wait=", "max-wait=soon", "amax-wait=3", "max-wait=3s", "max-wait=-3"],
)
def test_max_wait__without_the_word__is_none(annotation: str | None) -> None:
    assert waiting.max_wait_s(annotation) is None
