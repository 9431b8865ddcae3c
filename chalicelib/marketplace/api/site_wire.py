"""The worker site's JSON of what stands around the work: paces, consent, earnings, reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.marketplace.api import worker_views as views
from chalicelib.marketplace.domain.errors import BadRequest
from chalicelib.marketplace.domain.work_times import hourly_cents
from chalicelib.mturk.prices import format_dollars
from chalicelib.mturk.waiting import dollars

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.work_times import Pace
    from chalicelib.marketplace.services.consents import Shown
    from chalicelib.marketplace.services.earnings import Done, Given
    from chalicelib.mturk.waiting import WaitTerms

MAX_SKIPPED = 100
_DAY_MS = 86_400_000
# A day has up to 25 hours, a week begins up to seven of them ago; and clocks differ.
_LONGEST_AGO_MS = 9 * _DAY_MS


def pace(
    found: Pace | None, reward_cents: int, terms: WaitTerms | None = None
) -> dict[str, Any] | None:
    """A type's known work time, and the pay by the hour that it came to; `hourly` is null where
    waits were measured too seldom, or only in one burst, to say what the next one will be like."""
    if found is None:
        return None
    cents = (
        terms.hourly_cents(reward_cents, found.median_s)
        if terms
        else hourly_cents(reward_cents, found.median_s)
    )
    told = terms is None or found.tells_waits
    return {
        "medianS": found.median_s,
        "samples": found.samples,
        "spanS": found.span_s,
        "hourly": format_dollars(cents) if told else None,
    }


def terms(found: WaitTerms | None, reward_cents: int) -> dict[str, Any] | None:
    """What a HIT promises for waiting; `hourly`: reward and pay over the longest wait."""
    if found is None:
        return None
    return {
        "hourly": format_dollars(found.hourly_cents(reward_cents)),
        "waitPay": dollars(found.rate_micro),
        "waitMost": dollars(found.most_micro),
        "quick": format_dollars(found.quick_cents),
        "quickWithinS": found.quick_within_s,
    }


def consent(found: Shown | None) -> dict[str, Any] | None:
    """The text to agree to; `agreedAt` is null for who has not agreed to this version yet."""
    if found is None:
        return None
    return {
        "version": found.text.version,
        "text": found.text.text,
        "sha256": found.text.digest,
        "agreedAt": found.agreed_ms,
    }


def consent_given(body: dict[str, Any]) -> int | None:
    """The version of the consent text that an acceptance agrees to."""
    given = body.get("consent")
    return None if given is None else views.whole(given, "consent", 1, 10**9)


def skipped(body: dict[str, Any]) -> frozenset[str]:
    """The HITs of a group that the worker does not want now."""
    given = body.get("skip", [])
    if not isinstance(given, list) or len(given) > MAX_SKIPPED:
        raise BadRequest(f"skip is a list of at most {MAX_SKIPPED} ids.")
    if not all(isinstance(hit_id, str) for hit_id in given):
        raise BadRequest("skip is a list of ids.")
    return frozenset(views.checked_id(hit_id) for hit_id in given)


def moments(query: dict[str, str], now_ms: int) -> list[int]:
    """When the worker's own day and week began."""
    first, last = now_ms - _LONGEST_AGO_MS, now_ms + _DAY_MS
    return [views.whole(query.get(name), name, first, last) for name in ("today", "week")]


def periods(cents: list[int]) -> dict[str, str]:
    today, week = cents
    return {"today": format_dollars(today), "week": format_dollars(week)}


def percent(part: int, whole: int) -> int | None:
    """Null of nothing."""
    return (part * 100 + whole // 2) // whole if whole else None


def submitted(found: Done) -> dict[str, Any]:
    done = found.assignment
    return {
        "assignmentId": done.assignment_id,
        "hitId": done.hit_id,
        "title": found.title,
        "requester": found.requester,
        "reward": format_dollars(done.reward_cents),
        "status": done.status.value,
        "submittedAt": done.submit_ms,
        "tookS": ((done.submit_ms or done.accept_ms) - done.accept_ms) // 1000,
        "approvedBy": done.auto_approval_ms,
        "feedback": done.feedback,
        "bonuses": [
            {"amount": format_dollars(bonus.cents), "reason": bonus.reason, "at": bonus.at_ms}
            for bonus in found.bonuses
        ],
    }


def bonus(found: Given) -> dict[str, Any]:
    return {
        "amount": format_dollars(found.paid.cents),
        "reason": found.paid.reason or "",
        "at": found.paid.at_ms,
        "title": found.title,
        "requester": found.requester,
    }
