"""The review function's runs: what each of them does, in which order, each step by itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from chalicelib.kit.steps import attempt
from chalicelib.retainer.domain.market import MarketError

if TYPE_CHECKING:
    from chalicelib.retainer.services.erasure import Erasure
    from chalicelib.retainer.services.errands import Errands
    from chalicelib.retainer.services.parts import Parts
    from chalicelib.retainer.services.retention import Retention
    from chalicelib.retainer.services.review import Review

log = logging.getLogger("retainer.review")


class ReviewRun:
    def __init__(
        self,
        errands: Errands,
        review: Review,
        parts: Parts,
        erasure: Erasure,
        retention: Retention,
    ) -> None:
        self._review = review
        self._erasure = erasure
        self._errands: Mapping[str, Callable[[], object]] = {
            "errands": errands.run,
            "pay": review.pay,
        }
        self._all: Mapping[str, Callable[[], object]] = {
            "errands": errands.run,
            "review": review.run,
            "parts": parts.run,
            "erasure": erasure.run,
            "retention": retention.run,
        }

    def run(self, detail: Mapping[str, Any]) -> None:
        """Do what a start of the function asks for; everything, if it asks for nothing.

        `hit` and perhaps `assignment`: that HIT was announced to be handed in. `erase`,
        `errands`: somebody has just asked for it. A step that fails is counted, and stops no other.
        """
        if hit := detail.get("hit"):
            try:
                self._review.run_hint(hit, detail.get("assignment"))
            except MarketError as error:
                # A hint; the scheduled review asks again, and counts the market that fails.
                log.warning("not reviewed", extra={"hit": hit, "why": str(error)})
        elif detail.get("erase"):
            self._erasure.run()
        else:
            for step, do in (self._errands if detail.get("errands") else self._all).items():
                attempt(step, do, None)
