"""What review policies have found and done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.marketplace.api import wire
from chalicelib.marketplace.domain.reports import (
    ASSIGNMENT_LEVEL,
    HIT_LEVEL,
)

if TYPE_CHECKING:
    from chalicelib.marketplace.container import Marketplace
    from chalicelib.marketplace.domain.reports import (
        Action,
        Report,
        Result,
    )

Parameters = dict[str, Any]
Answer = dict[str, Any] | None

_NAME = "ListReviewPolicyResultsForHIT"
# Without MaxResults: programs that ask for no page want all of a usual HIT.
_DEFAULT_PAGE = 100
_LEVELS = {"Assignment": ASSIGNMENT_LEVEL, "HIT": HIT_LEVEL}


def list_review_policy_results_for_hit(
    market: Marketplace, account_id: str, given: Parameters
) -> Answer:
    """A page counts assignments; `NextToken` is there if more may follow."""
    hit = market.postings.owned(account_id, given["HITId"])
    asked = given.get("PolicyLevels") or list(_LEVELS)
    levels = [letter for name, letter in _LEVELS.items() if name in asked]
    position = wire.position_of(_NAME, given)
    size = int(given.get("MaxResults", _DEFAULT_PAGE))
    found = market.policy_reports.page(hit, levels, position[1] if position else "", size)
    shown: dict[str, Any] = {"HITId": hit.hit_id, **market.policies.of(hit)}
    for name, letter in _LEVELS.items():
        if name in asked and f"{name}ReviewPolicy" in shown:
            mine = [report for report in found if report.entry.startswith(letter)]
            shown[f"{name}ReviewReport"] = _report(mine, given)
        else:
            shown.pop(f"{name}ReviewPolicy", None)
    if len(found) == size:
        shown["NextToken"] = wire.next_token(_NAME, (0, found[-1].entry))
    return shown


def _report(reports: list[Report], given: Parameters) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if given.get("RetrieveResults", True):
        shown["ReviewResults"] = [_result(r, n) for r in reports for n in r.results]
    if given.get("RetrieveActions", True):
        shown["ReviewActions"] = [_action(a) for r in reports for a in r.actions]
    return shown


def _result(report: Report, result: Result) -> dict[str, Any]:
    shown = {
        "SubjectId": result.subject_id,
        "SubjectType": result.subject_type,
        "Key": result.key,
        "Value": result.value,
    }
    if report.actions:
        shown["ActionId"] = report.actions[0].action_id
    if result.question_id is not None:
        shown["QuestionId"] = result.question_id
    return shown


def _action(action: Action) -> dict[str, Any]:
    shown = {
        "ActionId": action.action_id,
        "ActionName": action.name,
        "TargetId": action.target_id,
        "TargetType": action.target_type,
        "Status": "Failed" if action.error_code else "Succeeded",
        "CompleteTime": wire.seconds(action.done_ms),
        "Result": action.result,
    }
    if action.error_code:
        shown["ErrorCode"] = action.error_code
    return shown


OPERATIONS = {_NAME: list_review_policy_results_for_hit}
