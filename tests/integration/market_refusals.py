"""How each operation is brought to answer each of its codes: a requester's mistakes, one by one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from tests.integration.market import QUESTION, Market, hit_values, post, refused
from tests.integration.market_crowd import accept, sign_in, submit
from tests.integration.qualifications import ask, make_type

NOBODY = "3NOSUCHTHING"
KIND = {"Title": "t", "Description": "d", "Reward": "0.05", "AssignmentDurationInSeconds": 60}
DEAR = {**KIND, "Title": "dear", "Reward": "5000"}
SQS = {"Transport": "SQS", "Version": "2014-08-15", "EventTypes": ["HITCreated"]}
NOWHERE = {**SQS, "Destination": "http://127.0.0.1:9/queue"}
EMAIL = {**SQS, "Transport": "Email", "Destination": "lab@example.org"}


class Mistakes:
    """A requester who has a bit of everything, another one, and one whose money is all held."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.client: Any = market.client()
        self.other: Any = market.client()
        self.worker = sign_in(market)
        self.hit_id = post(self.client)
        self.done = self.submitted(self.client, self.hit_id, self.worker)
        self.open_hit = post(self.client)
        self.gone = post(self.client)
        self.client.update_expiration_for_hit(HITId=self.gone, ExpireAt=0)
        self.client.delete_hit(HITId=self.gone)
        self.hit_type = self.client.create_hit_type(**KIND)["HITTypeId"]
        self.type_id = make_type(self.client)
        self.foreign_type = make_type(self.other)
        self.inactive = make_type(self.client)
        needing_it = self.client.create_hit_type(**KIND, **self.needs(self.inactive))
        self.needing_inactive = needing_it["HITTypeId"]
        self.client.update_qualification_type(
            QualificationTypeId=self.inactive, QualificationTypeStatus="Inactive"
        )
        self.held = {"QualificationTypeId": self.type_id, "WorkerId": self.worker.worker_id}
        self.decided = self._decided_request()

    @staticmethod
    def needs(type_id: str) -> dict[str, Any]:
        required = {"QualificationTypeId": type_id, "Comparator": "Exists"}
        return {"QualificationRequirements": [required]}

    def submitted(self, client: Any, hit_id: str, worker: Any = None) -> str:
        return submit(self.market, accept(self.market, worker or sign_in(self.market), hit_id))

    def broke(self) -> tuple[Any, str]:
        """A requester with one HIT and no money besides."""
        client: Any = self.market.client()
        hit_id = post(client, MaxAssignments=1)
        left = client.get_account_balance()["AvailableBalance"]
        post(client, MaxAssignments=1, Reward=f"{float(left) / 1.2:.2f}")
        assert float(client.get_account_balance()["AvailableBalance"]) < 0.05
        return client, hit_id

    def revoked(self) -> dict[str, str]:
        self.client.associate_qualification_with_worker(**self.held)
        self.client.disassociate_qualification_from_worker(**self.held)
        return self.held

    def _decided_request(self) -> str:
        ask(self.market, sign_in(self.market), self.type_id)
        found = self.client.list_qualification_requests(QualificationTypeId=self.type_id)
        request_id = str(found["QualificationRequests"][0]["QualificationRequestId"])
        self.client.reject_qualification_request(QualificationRequestId=request_id)
        return request_id


Mistake = Callable[[Mistakes], dict[str, Any]]


def mine(operation: str, **given: Any) -> Mistake:
    """A call of the requester; a value that begins with `.` is one of theirs."""

    return lambda m: refused(getattr(m.client, operation), **_values(m, given))


def twice(operation: str, **given: Any) -> Mistake:
    """The same call with one token, made twice."""

    def call(m: Mistakes) -> dict[str, Any]:
        token = uuid.uuid4().hex
        getattr(m.client, operation)(**_values(m, given), UniqueRequestToken=token)
        return refused(getattr(m.client, operation), **_values(m, given), UniqueRequestToken=token)

    return call


def _values(m: Mistakes, given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: getattr(m, value[1:]) if str(value).startswith(".") else value
        for name, value in given.items()
    }


def _override_without_funds(m: Mistakes) -> dict[str, Any]:
    client: Any = m.market.client()
    done = m.submitted(client, post(client, MaxAssignments=1, Reward="10"))
    client.reject_assignment(AssignmentId=done, RequesterFeedback="no")
    left = float(client.get_account_balance()["AvailableBalance"])
    post(client, MaxAssignments=1, Reward=f"{left / 1.2:.2f}")
    return refused(client.approve_assignment, AssignmentId=done, OverrideRejection=True)


def _extend_without_funds(m: Mistakes) -> dict[str, Any]:
    client: Any = m.market.client()
    hit_id = post(client, MaxAssignments=1, Reward="10")
    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    left = float(client.get_account_balance()["AvailableBalance"])
    post(client, MaxAssignments=1, Reward=f"{left / 1.2:.2f}")
    later = m.market.clock.now_ms() / 1000 + 600
    return refused(client.update_expiration_for_hit, HITId=hit_id, ExpireAt=later)


def _more_without_funds(m: Mistakes) -> dict[str, Any]:
    client, hit_id = m.broke()
    more = {"HITId": hit_id, "NumberOfAdditionalAssignments": 8}
    return refused(client.create_additional_assignments_for_hit, **more)


def _dearer_without_funds(m: Mistakes) -> dict[str, Any]:
    client, hit_id = m.broke()
    dear = client.create_hit_type(**DEAR)["HITTypeId"]
    return refused(client.update_hit_type_of_hit, HITId=hit_id, HITTypeId=dear)


def _bonus_without_funds(m: Mistakes) -> dict[str, Any]:
    return refused(m.client.send_bonus, **_bonus(m, "90000"))


def _bonus_twice(m: Mistakes) -> dict[str, Any]:
    m.client.send_bonus(**_bonus(m, "0.05"), UniqueRequestToken="once")
    return refused(m.client.send_bonus, **_bonus(m, "0.05"), UniqueRequestToken="once")


def _bonus(m: Mistakes, amount: str) -> dict[str, str]:
    ids = {"WorkerId": m.worker.worker_id, "AssignmentId": m.done}
    return {**ids, "BonusAmount": amount, "Reason": "r"}


def _named_twice(m: Mistakes) -> dict[str, Any]:
    given = {"Description": "d", "QualificationTypeStatus": "Active", "Name": "one name"}
    m.client.create_qualification_type(**given)
    return refused(m.client.create_qualification_type, **given)


def _score_of_revoked(m: Mistakes) -> dict[str, Any]:
    return refused(m.client.get_qualification_score, **m.revoked())


def _revoke_again(m: Mistakes) -> dict[str, Any]:
    return refused(m.client.disassociate_qualification_from_worker, **m.revoked())


def _approve_again(m: Mistakes) -> dict[str, Any]:
    done = m.submitted(m.client, post(m.client))
    m.client.approve_assignment(AssignmentId=done)
    return refused(m.client.approve_assignment, AssignmentId=done)


def _reject_what_was_approved(m: Mistakes) -> dict[str, Any]:
    done = m.submitted(m.client, post(m.client))
    m.client.approve_assignment(AssignmentId=done)
    return refused(m.client.reject_assignment, AssignmentId=done, RequesterFeedback="no")


def _hit(**changes: Any) -> dict[str, Any]:
    return hit_values(**changes)


def _of_type(type_id: str = ".hit_type", **more: Any) -> dict[str, Any]:
    return {"HITTypeId": type_id, "LifetimeInSeconds": 600, "Question": QUESTION, **more}


def _needing(name: str, operation: str, **given: Any) -> Mistake:
    def call(m: Mistakes) -> dict[str, Any]:
        type_id = NOBODY if name == "nobody" else getattr(m, name)
        return refused(getattr(m.client, operation), **given, **m.needs(type_id))

    return call


def _later(m: Mistakes) -> dict[str, Any]:
    when = m.market.clock.now_ms() // 1000 + 4000
    given = {"HITId": m.open_hit, "ExpireAt": when}
    m.client.update_expiration_for_hit(**given)
    return refused(m.client.update_expiration_for_hit, **given)


_Q, _R = "QualificationTypeId", "QualificationRequestId"
_NO_HIT: dict[str, Any] = {"HITId": NOBODY}
_DECIDED: dict[str, Any] = {_R: ".decided"}
_WORKER = {"WorkerId": "A1"}
_MORE = {"NumberOfAdditionalAssignments": 1}

REFUSALS: Mapping[str, Mapping[str, Mistake]] = {
    "AcceptQualificationRequest": {
        "QualificationRequestDoesNotExist": mine("accept_qualification_request", **{_R: NOBODY}),
        "InvalidQualificationRequestState": mine("accept_qualification_request", **_DECIDED),
    },
    "ApproveAssignment": {
        "AssignmentDoesNotExist": mine("approve_assignment", AssignmentId=NOBODY),
        "InvalidAssignmentState": _approve_again,
        "InsufficientFunds": _override_without_funds,
    },
    "AssociateQualificationWithWorker": {
        "QualificationTypeDoesNotExist": mine(
            "associate_qualification_with_worker", **_WORKER, **{_Q: NOBODY}
        ),
        "PermissionDeniedException": mine(
            "associate_qualification_with_worker", **_WORKER, **{_Q: ".foreign_type"}
        ),
    },
    "CreateAdditionalAssignmentsForHIT": {
        "HITDoesNotExist": mine("create_additional_assignments_for_hit", **_NO_HIT, **_MORE),
        "InvalidHITState": mine("create_additional_assignments_for_hit", HITId=".gone", **_MORE),
        "InvalidMaximumAssignmentsIncrease": mine(
            "create_additional_assignments_for_hit",
            HITId=".open_hit",
            NumberOfAdditionalAssignments=7,
        ),
        "InsufficientFunds": _more_without_funds,
        "IdempotencyTokenAlreadyProcessed": twice(
            "create_additional_assignments_for_hit", HITId=".open_hit", **_MORE
        ),
    },
    "CreateHIT": {
        "InsufficientFunds": mine("create_hit", **_hit(Reward="90000")),
        "HitAlreadyExists": twice("create_hit", **_hit()),
        "QualificationTypeDoesNotExist": _needing("nobody", "create_hit", **_hit()),
        "InvalidQualificationTypeState": _needing("inactive", "create_hit", **_hit()),
        "OperationNotSupported": mine("create_hit", **_hit(Question=None, HITLayoutId="3L")),
    },
    "CreateHITType": {
        "QualificationTypeDoesNotExist": _needing("nobody", "create_hit_type", **KIND),
        "InvalidQualificationTypeState": _needing("inactive", "create_hit_type", **KIND),
    },
    "CreateHITWithHITType": {
        "HITTypeDoesNotExist": mine("create_hit_with_hit_type", **_of_type(NOBODY)),
        "InsufficientFunds": mine("create_hit_with_hit_type", **_of_type(MaxAssignments=1_000_000)),
        "HitAlreadyExists": twice("create_hit_with_hit_type", **_of_type()),
        "InvalidQualificationTypeState": mine(
            "create_hit_with_hit_type", **_of_type(".needing_inactive")
        ),
        "OperationNotSupported": mine("create_hit_with_hit_type", **_of_type(HITLayoutId="3L")),
    },
    "CreateQualificationType": {"QualificationTypeAlreadyExists": _named_twice},
    "DeleteHIT": {
        "HITDoesNotExist": mine("delete_hit", **_NO_HIT),
        "InvalidHITState": mine("delete_hit", HITId=".open_hit"),
    },
    "DeleteQualificationType": {
        "QualificationTypeDoesNotExist": mine("delete_qualification_type", **{_Q: NOBODY}),
        "PermissionDeniedException": mine("delete_qualification_type", **{_Q: ".foreign_type"}),
    },
    "DisassociateQualificationFromWorker": {
        "QualificationDoesNotExist": mine(
            "disassociate_qualification_from_worker", **_WORKER, **{_Q: ".type_id"}
        ),
        "InvalidQualificationState": _revoke_again,
    },
    "GetAssignment": {"AssignmentDoesNotExist": mine("get_assignment", AssignmentId=NOBODY)},
    "GetFileUploadURL": {
        "AssignmentDoesNotExist": mine(
            "get_file_upload_url", AssignmentId=NOBODY, QuestionIdentifier="a"
        ),
        "OperationNotSupported": mine(
            "get_file_upload_url", AssignmentId=".done", QuestionIdentifier="a"
        ),
    },
    "GetHIT": {"HITDoesNotExist": mine("get_hit", **_NO_HIT)},
    "GetQualificationScore": {
        "QualificationDoesNotExist": mine("get_qualification_score", **_WORKER, **{_Q: ".type_id"}),
        "InvalidQualificationState": _score_of_revoked,
    },
    "GetQualificationType": {
        "QualificationTypeDoesNotExist": mine("get_qualification_type", **{_Q: NOBODY})
    },
    "ListAssignmentsForHIT": {"HITDoesNotExist": mine("list_assignments_for_hit", **_NO_HIT)},
    "ListBonusPayments": {
        "HITDoesNotExist": mine("list_bonus_payments", **_NO_HIT),
        "AssignmentDoesNotExist": mine("list_bonus_payments", AssignmentId=NOBODY),
    },
    "ListHITsForQualificationType": {
        "QualificationTypeDoesNotExist": mine("list_hits_for_qualification_type", **{_Q: NOBODY})
    },
    "ListQualificationRequests": {
        "QualificationTypeDoesNotExist": mine("list_qualification_requests", **{_Q: NOBODY}),
        "PermissionDeniedException": mine("list_qualification_requests", **{_Q: ".foreign_type"}),
    },
    "ListReviewPolicyResultsForHIT": {
        "HITDoesNotExist": mine("list_review_policy_results_for_hit", **_NO_HIT)
    },
    "ListWorkersWithQualificationType": {
        "QualificationTypeDoesNotExist": mine(
            "list_workers_with_qualification_type", **{_Q: NOBODY}
        ),
        "PermissionDeniedException": mine(
            "list_workers_with_qualification_type", **{_Q: ".foreign_type"}
        ),
    },
    "RejectAssignment": {
        "AssignmentDoesNotExist": mine(
            "reject_assignment", AssignmentId=NOBODY, RequesterFeedback="no"
        ),
        "InvalidAssignmentState": _reject_what_was_approved,
    },
    "RejectQualificationRequest": {
        "QualificationRequestDoesNotExist": mine("reject_qualification_request", **{_R: NOBODY}),
        "InvalidQualificationRequestState": mine("reject_qualification_request", **_DECIDED),
    },
    "SendBonus": {
        "AssignmentDoesNotExist": mine(
            "send_bonus", **_WORKER, AssignmentId=NOBODY, BonusAmount="1", Reason="r"
        ),
        "InsufficientFunds": _bonus_without_funds,
        "IdempotencyTokenAlreadyProcessed": _bonus_twice,
    },
    "SendTestEventNotification": {
        "InvalidTransportEndpoint": mine(
            "send_test_event_notification", Notification=NOWHERE, TestEventType="Ping"
        ),
        "OperationNotSupported": mine(
            "send_test_event_notification", Notification=EMAIL, TestEventType="Ping"
        ),
    },
    "UpdateExpirationForHIT": {
        "HITDoesNotExist": mine("update_expiration_for_hit", **_NO_HIT, ExpireAt=0),
        "InvalidHITState": mine("update_expiration_for_hit", HITId=".gone", ExpireAt=0),
        "InsufficientFunds": _extend_without_funds,
        "IdempotencyTokenAlreadyProcessed": _later,
    },
    "UpdateHITReviewStatus": {
        "HITDoesNotExist": mine("update_hit_review_status", **_NO_HIT),
        "InvalidHITState": mine("update_hit_review_status", HITId=".open_hit"),
    },
    "UpdateHITTypeOfHIT": {
        "HITDoesNotExist": mine("update_hit_type_of_hit", **_NO_HIT, HITTypeId=".hit_type"),
        "HITTypeDoesNotExist": mine("update_hit_type_of_hit", HITId=".open_hit", HITTypeId=NOBODY),
        "InvalidHITState": mine("update_hit_type_of_hit", HITId=".hit_id", HITTypeId=".hit_type"),
        "InsufficientFunds": _dearer_without_funds,
    },
    "UpdateNotificationSettings": {
        "HITTypeDoesNotExist": mine("update_notification_settings", HITTypeId=NOBODY, Active=True),
        "OperationNotSupported": mine(
            "update_notification_settings", HITTypeId=".hit_type", Notification=EMAIL
        ),
    },
    "UpdateQualificationType": {
        "QualificationTypeDoesNotExist": mine(
            "update_qualification_type", **{_Q: NOBODY}, Description="d"
        ),
        "PermissionDeniedException": mine(
            "update_qualification_type", **{_Q: ".foreign_type"}, Description="d"
        ),
    },
}
