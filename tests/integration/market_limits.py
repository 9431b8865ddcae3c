"""Every limit of the marketplace: what the page says of it, from the code, and how to meet it.

`at` is accepted and `over` refused, over the wire; where neither is given the limit is not one of a
request, or too dear to reach, and `shown_by` names the test that reaches it in another way.
"""

from __future__ import annotations

from chalicelib.marketplace.api import forms, policy_operations, protocol, signature, wire
from chalicelib.marketplace.domain import contact as contacts
from chalicelib.marketplace.domain import hits, limits, policies, rates, requirements
from chalicelib.marketplace.domain.assignments import MAX_OPEN, OVERRIDE_DAYS
from chalicelib.marketplace.services import (
    contact,
    lifecycle,
    listing,
    notifications,
    qualification_types,
    qualifications,
    submissions,
)
from chalicelib.marketplace.store import outbox, tokens
from chalicelib.mturk import documents, external_question, form_submission, model, prices
from tests.integration.market_limit_calls import (
    Limit,
    approve,
    block,
    bonus,
    count,
    expires_in,
    hit,
    integers,
    kind,
    known,
    listed,
    locales,
    long_test,
    needs,
    notify,
    qualification_type,
    question,
    revoke,
    settings,
    submission,
    text,
)
from tests.integration.qualifications import TEST

DAY_S = 86_400


def _n(value: int) -> str:
    return f"{value:,}"


_token = model._service()["shapes"]["IdempotencyToken"]["max"]
_page = model._service()["shapes"]["ResultSize"]["max"]
_dollars = f"{prices.MAX_CENTS // 100:,}.00"
_year = limits.YEAR_S

LIMITS = (
    text("Title", kind, "Title", limits.MAX_TITLE, "1-"),
    text("Description", kind, "Description", limits.MAX_DESCRIPTION, "1-"),
    text("Keywords, all together", kind, "Keywords", limits.MAX_KEYWORDS),
    Limit(
        "Reward",
        f"0.00-{_dollars}, two decimals",
        kind(Reward=f"{prices.MAX_CENTS // 100}"),
        kind(Reward=f"{prices.MAX_CENTS // 100}.01"),
    ),
    Limit(
        "AssignmentDurationInSeconds",
        f"30-{_n(_year)}",
        kind(AssignmentDurationInSeconds=_year),
        kind(AssignmentDurationInSeconds=29),
    ),
    Limit(
        "AutoApprovalDelayInSeconds",
        f"0-{_n(limits.DEFAULT_AUTO_APPROVAL_S)}; without it the greatest",
        kind(AutoApprovalDelayInSeconds=limits.DEFAULT_AUTO_APPROVAL_S),
        kind(AutoApprovalDelayInSeconds=limits.DEFAULT_AUTO_APPROVAL_S + 1),
    ),
    Limit(
        "LifetimeInSeconds",
        f"30-{_n(_year)}",
        hit(LifetimeInSeconds=30),
        hit(LifetimeInSeconds=_year + 1),
    ),
    Limit(
        "ExpireAt",
        f"at most {_n(_year)} seconds ahead",
        expires_in(_year - 60),
        expires_in(_year + 60),
    ),
    Limit(
        "MaxAssignments",
        f"1-{_n(limits.MAX_ASSIGNMENTS)}; 1 without it",
        hit(MaxAssignments=1),
        hit(MaxAssignments=limits.MAX_ASSIGNMENTS + 1),
    ),
    Limit(
        "a HIT made for fewer assignments is never given as many as",
        f"{prices.MANY_ASSIGNMENTS}",
        shown_by="test_more_assignments__are_refused",
    ),
    text("RequesterAnnotation", hit, "RequesterAnnotation", limits.MAX_ANNOTATION),
    Limit(
        "UniqueRequestToken",
        f"1-{_token}, remembered for {tokens.LIFETIME_MS // 3_600_000} hours",
        bonus(token="t" * _token),
        bonus(token="t" * (_token + 1)),
    ),
    Limit(
        "Question, of any kind",
        f"{_n(documents.MAX_BYTES)} bytes, {documents.MAX_DEPTH} elements deep",
        hit(Question=question(documents.MAX_BYTES)),
        hit(Question=question(documents.MAX_BYTES + 1)),
    ),
    Limit(
        "FrameHeight",
        f"0-{_n(external_question.MAX_FRAME_HEIGHT)}",
        hit(Question=question(height=external_question.MAX_FRAME_HEIGHT)),
        hit(Question=question(height=external_question.MAX_FRAME_HEIGHT + 1)),
    ),
    Limit(
        "effort for all regular expressions of a form",
        f"{_n(form_submission.MAX_STEPS)} steps",
        shown_by="test_submission__is_quick__however_many_patterns_backtrack",
    ),
    count("QualificationRequirements", needs, requirements.MAX_REQUIREMENTS),
    count("IntegerValues of In and NotIn", integers, requirements.MAX_INTEGERS, "1-"),
    count("LocaleValues of In and NotIn", locales, requirements.MAX_LOCALES, "1-"),
    Limit(
        "ExtendMaximumAssignments of a review policy",
        "2-25",
        known(ExtendMaximumAssignments="25"),
        known(ExtendMaximumAssignments="26"),
    ),
    Limit(
        "ExtendMinimumTimeInSeconds of a review policy",
        f"3,600-{_n(_year)}",
        known(ExtendMinimumTimeInSeconds="3600"),
        known(ExtendMinimumTimeInSeconds="3599"),
    ),
    Limit(
        "answers that SimplePlurality compares",
        f"{policies.LONGEST_COMPARED}",
        shown_by="test_plurality__at_its_edges",
    ),
    Limit(
        "workers who hold one HIT at the same time",
        f"{_n(hits.MAX_PENDING)}",
        shown_by="test_hit__is_held_by_a_thousand_at_most",
    ),
    Limit(
        "assignments that one worker holds",
        f"{MAX_OPEN}; one of each HIT",
        shown_by="test_accept__at_most_25_at_a_time",
    ),
    Limit(
        "HITs of a group that a listing counts",
        f"{listing._HITS_COUNTED}",
        shown_by="test_listing__counts_25_hits_of_a_group",
    ),
    count("fields of a submitted form", submission, submissions.MAX_FIELDS),
    Limit(
        "Answer",
        f"{_n(submissions.MAX_ANSWER_BYTES)} bytes",
        submission(fields=2, length=submissions.MAX_ANSWER_BYTES - 500),
        submission(fields=2, length=submissions.MAX_ANSWER_BYTES),
    ),
    Limit(
        "body of a submitted form",
        f"{_n(forms.MAX_BYTES)} bytes",
        shown_by="test_form_body__has_a_greatest_length",
    ),
    count("RequesterFeedback", approve, limits.MAX_FEEDBACK),
    Limit(
        "OverrideRejection",
        f"{OVERRIDE_DAYS} days from submission",
        shown_by="test_override__pays_what_was_rejected_within_30_days",
    ),
    Limit("BonusAmount", f"0.01-{_dollars}", bonus("0.01", token="b"), bonus("0.00", token="c")),
    count("Reason of a bonus", lambda n: bonus(reason=n, token=f"{n}"), limits.MAX_REASON, "1-"),
    count("Subject", lambda n: notify(subject=n), contact.MAX_SUBJECT, "1-"),
    count("MessageText", lambda n: notify(text=n), contact.MAX_TEXT, "1-"),
    count("WorkerIds of NotifyWorkers", lambda n: notify(count=n), contact.MAX_RECIPIENTS, "1-"),
    count("Reason of a block", block, contact.MAX_BLOCK_REASON, "1-"),
    Limit(
        "blocks of one requester", f"{_n(contacts.MAX_BLOCKS)}", shown_by="test_blocks__are_refused"
    ),
    text(
        "Name of a qualification type",
        qualification_type,
        "Name",
        qualification_types.MAX_NAME,
        "1-",
    ),
    text("its Description", qualification_type, "Description", limits.MAX_DESCRIPTION, "1-"),
    text("its Keywords, all together", qualification_type, "Keywords", limits.MAX_KEYWORDS),
    Limit(
        "its Test and AnswerKey, each",
        f"{_n(documents.MAX_BYTES)} bytes",
        long_test(documents.MAX_BYTES),
        long_test(documents.MAX_BYTES + 1),
    ),
    Limit(
        "TestDurationInSeconds",
        f"1-{_n(_year)}",
        qualification_type(Test=TEST, TestDurationInSeconds=_year),
        qualification_type(Test=TEST, TestDurationInSeconds=_year + 1),
    ),
    Limit(
        "RetryDelayInSeconds",
        f"0-{_n(qualification_types.MAX_RETRY_DELAY_S)}",
        qualification_type(RetryDelayInSeconds=qualification_types.MAX_RETRY_DELAY_S),
        qualification_type(RetryDelayInSeconds=qualification_types.MAX_RETRY_DELAY_S + 1),
    ),
    count("Reason of a revocation or a refused request", revoke, qualifications.MAX_REASON),
    count("Destination of notifications", settings, notifications.MAX_ADDRESS),
    Limit(
        "an event that cannot be sent is kept",
        f"{outbox._KEPT_S // DAY_S} days",
        shown_by="test_dead_destination__blocks_no_other_and_gets_all_of_it_later",
    ),
    Limit(
        "test events of one requester",
        f"{rates.TEST_EVENTS.most} in {rates.TEST_EVENTS.seconds // 60} minutes",
        shown_by="test_test_events__are_bounded_by_requester",
    ),
    Limit(
        "HITs that one worker accepts",
        f"{rates.ACCEPTANCES.most} in {rates.ACCEPTANCES.seconds // 60} minutes; "
        "returning is never refused",
        shown_by="test_accepting_and_returning__is_bounded_by_worker",
    ),
    Limit(
        "the id of a returned or abandoned assignment leads to it for",
        f"{lifecycle._ID_KEPT_MS // 1000 // DAY_S} days",
        shown_by="test_ids_of_what_was_returned__go_after_a_while",
    ),
    Limit(
        "MaxResults",
        f"1-{_page}; {wire.DEFAULT_PAGE} without it, "
        f"of review policies' results {policy_operations._DEFAULT_PAGE}",
        listed(_page),
        listed(_page + 1),
    ),
    Limit(
        "a HIT that is over and reviewed is disposed of after",
        f"{hits.DISPOSAL_MS // 1000 // DAY_S} days",
        shown_by="test_tick__disposes_after_120_days",
    ),
    Limit(
        "a request's body",
        f"{_n(protocol.MAX_BODY)} bytes",
        shown_by="test_body__is_refused__when_too_large_or_of_another_kind",
    ),
    Limit(
        "a request's time",
        f"{signature.MAX_SKEW_MS // 1000} seconds from the marketplace's",
        shown_by="test_signature__refuses__after_five_minutes_and_from_the_future",
    ),
)
