"""Operations beyond MTurk's: `RetainerMarketplace.AnnounceSession` and its like.

They come to the same endpoint, signed with the same keys, and their errors look the same. Their
names, though, are no part of the protocol, so no client has them built in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.marketplace.api import wire
from chalicelib.marketplace.domain import limits, local_time
from chalicelib.marketplace.domain.announced import Announcement, Answer
from chalicelib.marketplace.domain.errors import InvalidParameter
from chalicelib.mturk import model, prices

if TYPE_CHECKING:
    from chalicelib.marketplace.container import Marketplace
    from chalicelib.marketplace.domain.announced import Attendance, Session

PREFIX = "RetainerMarketplace"

_ID = re.compile(r"[A-Z0-9]{1,64}", re.ASCII)

Parameters = dict[str, Any]
Answered = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """What it takes: names to types, `needed` ones first, and what it does."""

    call: Callable[[Marketplace, str, Parameters], Answered]
    needed: Mapping[str, type]
    optional: Mapping[str, type]


def announce_session(market: Marketplace, account_id: str, given: Parameters) -> Answered:
    requirements = tuple(given.get("QualificationRequirements", ()))
    # They have the same shape as a HIT type's.
    a_type: dict[str, Any] = {
        "Title": "-",
        "Description": "-",
        "Reward": "0",
        "AssignmentDurationInSeconds": 60,
    }
    a_type["QualificationRequirements"] = list(requirements)
    for problem in model.request_problems("CreateHITType", a_type):
        raise InvalidParameter(problem.message)
    announcement = Announcement(
        title=given["Title"],
        starts=given["StartsAt"],
        zone_name=given["Zone"],
        minutes=given["Minutes"],
        people=given["People"],
        description=given.get("Description", ""),
        pay=given.get("Pay", ""),
        hit_type_id=given.get("HITTypeId"),
        requirements=requirements,
        token=given.get("UniqueRequestToken"),
    )
    made = market.announcing.announce(account_id, announcement)
    return {"Session": session(made)}


def get_session(market: Marketplace, account_id: str, given: Parameters) -> Answered:
    found = market.announcing.get(account_id, given["SessionId"])
    return {"Session": session_with_replies(found)}


def list_sessions(market: Marketplace, account_id: str, given: Parameters) -> Answered:
    before = wire.position_of("ListSessions", given)
    size = limits.number("MaxResults", wire.page_size(given), 1, 100)
    found = market.announcing.list(account_id, before, size)
    items = [(position, session(one)) for position, one in found]
    return wire.page("ListSessions", "Sessions", items)


def move_session(market: Marketplace, account_id: str, given: Parameters) -> Answered:
    moved = market.announcing.move(
        account_id,
        given["SessionId"],
        given["StartsAt"],
        given.get("Zone"),
        given.get("Minutes"),
    )
    return {"Session": session(moved)}


def cancel_session(market: Marketplace, account_id: str, given: Parameters) -> Answered:
    done = market.announcing.cancel(account_id, given["SessionId"], given.get("Reason", ""))
    return {"Session": session(done)}


def get_fees(market: Marketplace, account_id: str, given: Parameters) -> Answered:
    """What is taken of rewards and bonuses now: a HIT keeps what it was posted with."""
    fees = market.config.fees
    return {
        "Fees": {
            "Percent": fees.percent,
            "PercentMany": fees.percent_many,
            "PercentMasters": fees.percent_masters,
            "Least": prices.format_dollars(fees.least_cents),
        }
    }


OPERATIONS: Mapping[str, Operation] = {
    "GetFees": Operation(get_fees, {}, {}),
    "AnnounceSession": Operation(
        announce_session,
        {"Title": str, "StartsAt": str, "Zone": str, "Minutes": int, "People": int},
        {
            "Description": str,
            "Pay": str,
            "HITTypeId": str,
            "QualificationRequirements": list,
            "UniqueRequestToken": str,
        },
    ),
    "GetSession": Operation(get_session, {"SessionId": str}, {}),
    "ListSessions": Operation(list_sessions, {}, {"NextToken": str, "MaxResults": int}),
    "MoveSession": Operation(
        move_session, {"SessionId": str, "StartsAt": str}, {"Zone": str, "Minutes": int}
    ),
    "CancelSession": Operation(cancel_session, {"SessionId": str}, {"Reason": str}),
}


def answer(market: Marketplace, account_id: str, name: str, given: Parameters) -> Answered:
    """Check the parameters and carry an operation out; raises `RequestRefused`."""
    operation = OPERATIONS[name]
    known = {**operation.needed, **operation.optional}
    if missing := [n for n in operation.needed if given.get(n) is None]:
        raise InvalidParameter(
            "Your request is missing required parameters. "
            f"Required parameters include {missing[0]}."
        )
    for parameter, value in given.items():
        if parameter not in known:
            raise InvalidParameter(f"{parameter[:60]} is no parameter of {name}.")
        if type(value) is not known[parameter]:
            raise InvalidParameter(f"The value given is not valid for the parameter {parameter}.")
        # As for the protocol's own ids; nothing else may reach a table as a key.
        if parameter.endswith("Id") and not _ID.fullmatch(str(value)):
            raise InvalidParameter(f"The value given is not valid for the parameter {parameter}.")
    return operation.call(market, account_id, given)


def session(found: Session) -> dict[str, Any]:
    """A session as its requester sees it."""
    local = local_time.here(found.starts_ms, found.zone)
    return {
        "SessionId": found.session_id,
        "Title": found.title,
        "Description": found.description,
        "Pay": found.pay,
        "StartsAt": local.isoformat(timespec="minutes"),
        "Zone": found.zone_name,
        "When": local_time.when_text(found.starts_ms, found.zone),
        "Minutes": found.minutes,
        "People": found.people,
        "Status": found.state.value.capitalize(),
        **({"HITTypeId": found.hit_type_id} if found.hit_type_id else {}),
        **({"Reason": found.reason} if found.reason else {}),
    }


def session_with_replies(found: Attendance) -> dict[str, Any]:
    """With worker ids, and nothing else of them: how somebody is reached is theirs to know."""
    said = {answer.value.capitalize(): found.of(answer) for answer in Answer}
    return {
        **session(found.session),
        "YesCount": len(said["Yes"]),
        "Replies": said | {"BeforeMove": found.before_change},
    }
