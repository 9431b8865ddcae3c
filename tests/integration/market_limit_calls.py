"""How to run into the limits of the marketplace: calls that a requester or a worker makes."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chalicelib.marketplace.domain import policies
from chalicelib.mturk import external_question
from tests.integration.market import Market, hit_values, post
from tests.integration.market_crowd import accept, sign_in, submit
from tests.integration.qualifications import TEST

KIND = {
    "Title": "Limits",
    "Description": "d",
    "Reward": "0.05",
    "AssignmentDurationInSeconds": 60,
}


class World:
    """A requester with one submitted assignment of one worker, and a qualification type."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.client = market.client()
        self.hit_id = post(self.client)
        self.worker = sign_in(market)
        self.assignment_id = submit(market, accept(market, self.worker, self.hit_id))
        made = self.client.create_qualification_type(**_type())["QualificationType"]
        self.type_id: str = made["QualificationTypeId"]

    def work(self) -> str:
        """Another submitted assignment."""
        hit_id = post(self.client, MaxAssignments=1)
        return submit(self.market, accept(self.market, sign_in(self.market), hit_id))


Call = Callable[[World], object]


@dataclass(frozen=True, slots=True)
class Limit:
    what: str
    says: str
    at: Call | None = None
    over: Call | None = None
    shown_by: str = ""


def _type(**changes: Any) -> dict[str, Any]:
    return {
        "Name": uuid.uuid4().hex,
        "Description": "d",
        "QualificationTypeStatus": "Active",
        **changes,
    }


def kind(**changes: Any) -> Call:
    return lambda w: w.client.create_hit_type(**{**KIND, **changes})


def hit(**changes: Any) -> Call:
    return lambda w: w.client.create_hit(**hit_values(**changes))


def qualification_type(**changes: Any) -> Call:
    return lambda w: w.client.create_qualification_type(**_type(**changes))


def expires_in(seconds: int) -> Call:
    return lambda w: w.client.update_expiration_for_hit(
        HITId=post(w.client), ExpireAt=w.market.clock.now_ms() / 1000 + seconds
    )


def approve(length: int) -> Call:
    return lambda w: w.client.approve_assignment(
        AssignmentId=w.work(), RequesterFeedback="x" * length
    )


def bonus(amount: str = "0.05", reason: int = 1, token: str = "t") -> Call:
    return lambda w: w.client.send_bonus(
        WorkerId=w.worker.worker_id,
        AssignmentId=w.assignment_id,
        BonusAmount=amount,
        Reason="x" * reason,
        UniqueRequestToken=token,
    )


def notify(subject: int = 1, text: int = 1, count: int = 1) -> Call:
    return lambda w: w.client.notify_workers(
        Subject="x" * subject, MessageText="x" * text, WorkerIds=[f"A{n}" for n in range(count)]
    )


def block(reason: int) -> Call:
    return lambda w: w.client.create_worker_block(
        WorkerId=sign_in(w.market).worker_id, Reason="x" * reason
    )


def revoke(reason: int) -> Call:
    def call(w: World) -> object:
        held = {"QualificationTypeId": w.type_id, "WorkerId": w.worker.worker_id}
        w.client.associate_qualification_with_worker(**held)
        return w.client.disassociate_qualification_from_worker(**held, Reason="x" * reason)

    return call


def settings(length: int) -> Call:
    def call(w: World) -> object:
        address = "https://queue.example.org/"
        return w.client.update_notification_settings(
            HITTypeId=w.client.create_hit_type(**KIND)["HITTypeId"],
            Notification={
                "Destination": address + "q" * (length - len(address)),
                "Transport": "SQS",
                "Version": "2014-08-15",
                "EventTypes": ["HITCreated"],
            },
        )

    return call


def submission(fields: int = 1, length: int = 1) -> Call:
    def call(w: World) -> object:
        hit_id = post(w.client, MaxAssignments=1)
        job = accept(w.market, sign_in(w.market), hit_id)
        given = [(f"f{n}", "x" * length) for n in range(fields - 1)]
        return w.market.market.submissions.submit([("assignmentId", job), *given])

    return call


def question(length: int = 0, height: int = 600, depth: int = 0) -> str:
    document = external_question.build("https://example.org/", 600)
    document = document.replace(">600<", f">{height}<")
    padding = length - len(document) - 7
    return document + (f"<!--{'x' * padding}-->" if length else "")


def long_test(length: int) -> Call:
    padded = TEST + f"<!--{'x' * (length - len(TEST) - 7)}-->"
    return qualification_type(Test=padded, TestDurationInSeconds=60)


def needs(count: int, **values: Any) -> Call:
    one = {"QualificationTypeId": "0" * 18 + "40", "Comparator": "Exists", **values}
    return kind(QualificationRequirements=[one] * count)


def integers(count: int) -> Call:
    return needs(1, Comparator="In", IntegerValues=list(range(count)))


def locales(count: int) -> Call:
    places = [{"Country": "US"}] * count
    locale = "0" * 18 + "71"
    return needs(1, QualificationTypeId=locale, Comparator="In", LocaleValues=places)


def known(**values: str) -> Call:
    given = [{"Key": key, "Values": [value]} for key, value in values.items()]
    key = {"Key": "AnswerKey", "MapEntries": [{"Key": "a", "Values": ["1"]}]}
    policy = {"PolicyName": policies.KNOWN_ANSWERS, "Parameters": [key, *given]}
    return hit(AssignmentReviewPolicy=policy)


def listed(count: int) -> Call:
    return lambda w: w.client.list_hits(MaxResults=count)


def text(what: str, call: Callable[..., Call], name: str, most: int, least: str = "") -> Limit:
    """A limit of a text's length; `name` is what `call` takes it as."""
    given = ("x" * most, "x" * (most + 1))
    return Limit(what, f"{least}{most:,}", *[call(**{name: value}) for value in given])


def count(what: str, call: Callable[[int], Call], most: int, least: str = "") -> Limit:
    return Limit(what, f"{least}{most:,}", call(most), call(most + 1))
