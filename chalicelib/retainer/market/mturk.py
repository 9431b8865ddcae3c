"""The door's first adapter: MTurk's requester protocol, spoken by botocore's own client."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from chalicelib.kit.config import MarketConfig
from chalicelib.mturk import (
    answers,
    arrival,
    external_question,
    prices,
    qualifications,
    waiting,
)
from chalicelib.mturk.documents import DocumentError
from chalicelib.retainer.domain.market import (
    Arrival,
    Caps,
    Decision,
    MarketError,
    NotThere,
    Offer,
    PostingState,
    SeatState,
    Work,
)
from chalicelib.retainer.domain.protohits import ProtoHit
from chalicelib.retainer.market import fees
from chalicelib.retainer.market.calls import CallRefused, ProtocolCalls
from chalicelib.retainer.market.named_types import NamedTypes
from chalicelib.retainer.market.telling import Telling

ARRIVAL_MAX_AGE_MS = 31_536_000_000
"""A signed arrival bears the time of acceptance, and an assignment may last a year."""

ANNOTATION = "retainer:"

PRIVATE_TYPE = "Retainer: payment for one worker's wait"
PRIVATE_TYPE_MEANS = (
    "You waited for us and could not hand in the HIT. This lets you find the one that pays you."
)

PRIVATE_NUMBERS_ABOVE = 1_000
"""No value that a market gives by itself, or by default on request, is a worker's number."""

PART_TYPE = "Retainer: took part in study "
"""And a mark: a study's name is nobody's business but its requester's."""

PART_TYPE_ONCE = "Retainer: took part in "
"""And the study's name: types of earlier versions, whose holders they go on keeping out."""

PART_TYPE_MEANS = "You took part in a study of ours, and others must not be combined with it."

UNREADABLE = "unreadable"
UNREADABLE_KEPT = 10_000

_HIT_ID = re.compile(r"\b[A-Z0-9]{20,64}\b")
_STATES = {
    "Submitted": SeatState.DONE,
    "Approved": SeatState.PAID,
    "Rejected": SeatState.REFUSED,
}
_TOKEN_USED = {"IdempotencyTokenAlreadyProcessed", "DuplicateRequest"}


class MTurkMarket:
    """One account at one endpoint of the protocol."""

    def __init__(self, config: MarketConfig, region: str, events_queue: str = "") -> None:
        self.name = config.name
        self._config = config
        self._region = region
        self._calls = ProtocolCalls(config, region)
        self._call, self._pages = self._calls.call, self._calls.pages
        self._types = NamedTypes(self._call, self._pages)
        self._telling = Telling(events_queue, region, self._call)

    def caps(self) -> Caps:
        return Caps(
            push_events=True,
            server_side_finish=False,
            bonus=True,
            refuse=True,
            shrink=False,
            signed_entry=bool(self._config.arrival_key),
            answers_at_market=True,
            max_seats_at_base_fee=9,
            private_postings=True,
            least_reward_cents=1,
        )

    def balance_cents(self) -> int | None:
        return prices.parse_dollars(self._call("get_account_balance")["AvailableBalance"])

    def fees(self) -> prices.Fees:
        with self._calls.asked_once():
            return fees.ask(self._config, self._region)

    def open(self, proto: ProtoHit, seats: int, token: str) -> str:
        """CreateHIT. A token used before is an error that names the HIT: that is success."""
        try:
            question = external_question.build(proto.url, proto.frame_height)
        except DocumentError as error:
            raise MarketError(f"The HIT's question: {error}") from error
        hit_id, hit_type = self._create(
            token,
            note=waiting.annotated(ANNOTATION + token, proto.wait_terms),
            MaxAssignments=seats,
            LifetimeInSeconds=proto.lifetime,
            AssignmentDurationInSeconds=proto.assignment_duration,
            AutoApprovalDelayInSeconds=proto.auto_approval_delay,
            Reward=prices.format_dollars(proto.reward_cents),
            Title=proto.title,
            Description=proto.description,
            Keywords=proto.keywords,
            Question=question,
            QualificationRequirements=[
                *_requirements(proto),
                *(qualifications.absent_requirement(self._part_type(p)) for p in proto.exclude),
            ],
        )
        self._telling.begin(hit_id, hit_type)
        return hit_id

    def _create(self, token: str, note: str, **values: Any) -> tuple[str, str]:
        """Return the HIT and its type; no type if the HIT was there before."""
        try:
            made = self._call(
                "create_hit",
                UniqueRequestToken=token,
                RequesterAnnotation=note,
                **values,
            )
        except CallRefused as refused:
            # The message may name the token as well, which looks like a HIT's id.
            named = [i for i in _HIT_ID.findall(refused.message) if i != token]
            if refused.code == "HitAlreadyExists" and named:
                return str(named[0]), ""
            raise
        return str(made["HIT"]["HITId"]), str(made["HIT"]["HITTypeId"])

    def find(self, token: str) -> str | None:
        """Walk through ListHITs for our annotation: slow, and only for tokens long forgotten."""
        for hit in self._pages("list_hits", "HITs"):
            # What follows the first word is for workers: how long they may wait.
            if hit.get("RequesterAnnotation", "").partition(" ")[0] == ANNOTATION + token:
                return str(hit["HITId"])
        return None

    def open_for(self, offer: Offer, token: str) -> str:
        """A HIT behind a qualification: one type for all, whose value is the worker's number.

        Three calls, each safe to make again; the type's name is unique among the account's.
        """
        kind = self._types.id_of(PRIVATE_TYPE, PRIVATE_TYPE_MEANS)
        number = PRIVATE_NUMBERS_ABOVE + offer.number
        try:
            self._call(
                "associate_qualification_with_worker",
                QualificationTypeId=kind,
                WorkerId=offer.worker,
                IntegerValue=number,
                SendNotification=True,
            )
        except CallRefused as refused:
            if _is_missing(refused):
                raise NotThere(str(refused)) from refused
            raise
        hit_id, _ = self._create(
            token,
            note=ANNOTATION + token,
            MaxAssignments=1,
            LifetimeInSeconds=offer.lifetime_s,
            AssignmentDurationInSeconds=offer.duration_s,
            AutoApprovalDelayInSeconds=0,
            Reward=prices.format_dollars(offer.reward_cents),
            Title=offer.title,
            Description=offer.description,
            Question=external_question.build(offer.url, 0),
            QualificationRequirements=[qualifications.private_requirement(kind, number)],
        )
        return hit_id

    def note_part(self, worker: str, proto: str) -> None:
        """Give the worker the type that HITs which exclude this ProtoHIT must not find."""
        self._call(
            "associate_qualification_with_worker",
            QualificationTypeId=self._part_type(proto),
            WorkerId=worker,
            IntegerValue=1,
            SendNotification=False,
        )

    def _part_type(self, proto: str) -> str:
        mark = hashlib.sha256(proto.encode()).hexdigest()[:16]
        return self._types.id_of(PART_TYPE + mark, PART_TYPE_MEANS, PART_TYPE_ONCE + proto)

    def raise_seats(self, posting: str, more: int, token: str) -> None:
        self._call(
            "create_additional_assignments_for_hit",
            HITId=posting,
            NumberOfAdditionalAssignments=more,
            UniqueRequestToken=token,
        )

    def close(self, posting: str) -> None:
        """UpdateExpirationForHIT to the past: no new acceptances, those in work may submit."""
        try:
            self._call("update_expiration_for_hit", HITId=posting, ExpireAt=datetime(2015, 1, 1))
        except CallRefused as refused:
            if refused.code not in {"HITDoesNotExist", "InvalidHITState"}:
                raise

    def delete(self, posting: str) -> bool:
        try:
            self._call("delete_hit", HITId=posting)
        except CallRefused as refused:
            if refused.code not in {"HITDoesNotExist", "InvalidHITState"}:
                raise
            return False
        return True

    def status(self, posting: str) -> PostingState | None:
        try:
            hit = self._call("get_hit", HITId=posting)["HIT"]
        except CallRefused as refused:
            if refused.code == "HITDoesNotExist":
                return None
            raise
        if hit["HITStatus"] == "Disposed":
            return None
        over = hit["HITStatus"] in {"Reviewable", "Reviewing"}
        return PostingState(
            posting=posting,
            # A HIT that has expired may still count the seats that nobody took.
            available=0 if over else hit["NumberOfAssignmentsAvailable"],
            pending=hit["NumberOfAssignmentsPending"],
            completed=hit["NumberOfAssignmentsCompleted"],
            # Unassignable: all seats are held; one that is returned is offered again.
            open=not over,
        )

    def recognise(self, arrival_: Arrival, signature: str, now_ms: int) -> Arrival | None:
        """Check the marketplace's MAC; an arrival without one is taken, but is not verified."""
        if not signature or not self._config.arrival_key:
            return arrival_
        good = arrival.verify(
            self._config.arrival_key,
            signature,
            arrival_.assignment,
            arrival_.posting,
            arrival_.worker,
            now_ms,
            ARRIVAL_MAX_AGE_MS,
        )
        if not good:
            return None
        return replace(arrival_, verified=True, accepted_ms=arrival.accepted_ms(signature))

    def work(self, posting: str) -> Iterator[Work]:
        try:
            for found in self._pages("list_assignments_for_hit", "Assignments", HITId=posting):
                yield Work(
                    assignment=found["AssignmentId"],
                    worker=found["WorkerId"],
                    posting=posting,
                    state=_STATES[found["AssignmentStatus"]],
                    submitted_ms=_latest_ms(found["SubmitTime"]),
                    answers=_answers(found.get("Answer", "")),
                )
        except CallRefused as refused:
            if refused.code != "HITDoesNotExist":
                raise

    def state_of(self, assignment: str) -> SeatState | None:
        try:
            found = self._call("get_assignment", AssignmentId=assignment)["Assignment"]
        except CallRefused as refused:
            if _is_missing(refused):
                return None
            raise
        return _STATES[found["AssignmentStatus"]]

    def settle(self, assignment: str, decision: Decision, reason: str) -> SeatState:
        operation = "approve_assignment" if decision is Decision.APPROVE else "reject_assignment"
        try:
            self._call(operation, AssignmentId=assignment, RequesterFeedback=reason)
        except CallRefused as refused:
            if refused.code != "InvalidAssignmentState":
                raise
            found = self._call("get_assignment", AssignmentId=assignment)["Assignment"]
            return _STATES[found["AssignmentStatus"]]
        return SeatState.PAID if decision is Decision.APPROVE else SeatState.REFUSED

    def pay_bonus(self, worker: str, assignment: str, cents: int, reason: str, token: str) -> None:
        """SendBonus. A token used before is an error: that bonus is paid."""
        try:
            self._call(
                "send_bonus",
                WorkerId=worker,
                AssignmentId=assignment,
                BonusAmount=prices.format_dollars(cents),
                Reason=reason,
                UniqueRequestToken=token,
            )
        except CallRefused as refused:
            if _is_missing(refused):
                raise NotThere(str(refused)) from refused
            if refused.code not in _TOKEN_USED:
                raise

    def find_bonus(self, assignment: str, mark: str) -> int | None:
        paid = self._pages("list_bonus_payments", "BonusPayments", AssignmentId=assignment)
        try:
            for one in paid:
                if mark in one.get("Reason", ""):
                    return prices.parse_dollars(one["BonusAmount"])
        except CallRefused as refused:
            if _is_missing(refused):
                raise NotThere(str(refused)) from refused
            raise
        return None

    def tell(self, workers: Sequence[str], subject: str, text: str) -> list[str]:
        missed: list[str] = []
        for first in range(0, len(workers), 100):
            answer = self._call(
                "notify_workers",
                Subject=subject,
                MessageText=text,
                WorkerIds=list(workers[first : first + 100]),
            )
            missed += [f["WorkerId"] for f in answer["NotifyWorkersFailureStatuses"]]
        return missed

    def bar(self, worker: str, reason: str) -> None:
        self._call("create_worker_block", WorkerId=worker, Reason=reason)

    def readmit(self, worker: str) -> None:
        self._call("delete_worker_block", WorkerId=worker)


def _is_missing(refused: CallRefused) -> bool:
    """Whether what was named does not exist: by code (a worker who has left for good, too), or,
    for a worker whose assignment it is not, by what the third kind of error names."""
    names_worker = refused.code == "ParameterValidationError" and "WorkerId" in refused.message
    is_gone = refused.code.endswith("DoesNotExist") or refused.code == "InvalidWorkerState"
    return is_gone or names_worker


def _answers(document: str) -> dict[str, str | list[str]]:
    """Parse answers; a document that is none is kept whole, for its worker must still be paid."""
    try:
        return answers.parse(document) if document else {}
    except DocumentError:
        return {UNREADABLE: document[:UNREADABLE_KEPT]}


def _requirements(proto: ProtoHit) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if proto.worker_locale:
        found.append(qualifications.locale_requirement(proto.worker_locale))
    if proto.approval_rating:
        found.append(qualifications.approval_requirement(proto.approval_rating))
    return found


def _latest_ms(at: datetime) -> int:
    """Return the last moment that a market's time may stand for: most tell whole seconds, and a
    wait must not be paid to the beginning of the second in which it ended."""
    ms = round(at.timestamp() * 1000)
    return ms if ms % 1000 else ms + 999
