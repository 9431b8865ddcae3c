"""What each function may do, one line for each table, index, queue, topic and function.

The least that works, kept so by the one-machine stack and the tests: a call that is not granted
here is refused there, as AWS would refuse it (`local/permissions.py`), and what no test needs does
not stand here. Names are without the stage's prefix.
"""

from __future__ import annotations

Grants = dict[str, str]
"""Resource, as `operate.iam.Need` names it: actions."""

REQUESTERS = "requesters' "
"""Before a queue or topic that requesters name: any at all, but none of the operator's account,
where the role alone would be let in, whosever it is. Those of it that may be named a stage lists
(`own_destinations`); requesters' own let the operator's account in by their policies."""

MAILS = "market_calls"
"""The function that mails, where a stage has SES do it."""

GRANTS: dict[str, Grants] = {
    "api_handler": {
        "function/market_tick": "lambda:InvokeFunction",
        "function/review": "lambda:InvokeFunction",
        "function/size_pools": "lambda:InvokeFunction",
        "table/assignments": "dynamodb:GetItem dynamodb:PutItem",
        "table/errands": "dynamodb:GetItem dynamodb:PutItem",
        "table/keys": "dynamodb:GetItem dynamodb:PutItem dynamodb:Scan dynamodb:UpdateItem",
        "table/ledgers": (
            "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem"
        ),
        "table/ledgers/index/board": "dynamodb:Query",
        "table/ledgers/index/undone": "dynamodb:Query",
        "table/market-agreements": "dynamodb:GetItem dynamodb:PutItem",
        "table/market-announced-sessions": "dynamodb:GetItem",
        "table/market-announced-sessions/index/by_start": "dynamodb:Query",
        "table/market-answers": "dynamodb:PutItem",
        "table/market-assignment-ids": "dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem",
        "table/market-assignments": (
            "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem"
        ),
        "table/market-assignments/index/by_worker": "dynamodb:Query",
        "table/market-blocks": "dynamodb:GetItem",
        "table/market-blocks/index/by_worker": "dynamodb:Query",
        "table/market-callings": "dynamodb:GetItem dynamodb:UpdateItem",
        "table/market-calls": "dynamodb:PutItem",
        "table/market-calls/index/by_time": "dynamodb:Query",
        "table/market-consent-texts": "dynamodb:GetItem",
        "table/market-consents": "dynamodb:GetItem",
        "table/market-hit-reports": (
            "dynamodb:GetItem dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem"
        ),
        "table/market-hit-reports/index/by_state": "dynamodb:Query",
        "table/market-hit-reports/index/by_worker": "dynamodb:Query",
        "table/market-hit-types": "dynamodb:GetItem dynamodb:UpdateItem",
        "table/market-hit-types/index/by_newest": "dynamodb:Query",
        "table/market-hit-types/index/by_reward": "dynamodb:Query",
        "table/market-hits": "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:UpdateItem",
        "table/market-hits/index/by_group": "dynamodb:Query",
        "table/market-invitations": (
            "dynamodb:GetItem dynamodb:PutItem dynamodb:Scan dynamodb:UpdateItem"
        ),
        "table/market-ledger": "dynamodb:PutItem",
        "table/market-ledger/index/bonuses_by_assignment": "dynamodb:Query",
        "table/market-ledger/index/by_worker": "dynamodb:Query",
        "table/market-messages": "dynamodb:Query dynamodb:UpdateItem",
        "table/market-messages/index/unread": "dynamodb:Query",
        "table/market-newcomers": "dynamodb:GetItem dynamodb:UpdateItem",
        "table/market-notifications": "dynamodb:GetItem",
        "table/market-outbox": "dynamodb:PutItem",
        "table/market-qualification-request-ids": "dynamodb:PutItem",
        "table/market-qualification-requests": (
            "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem"
        ),
        "table/market-qualification-requests/index/by_worker": "dynamodb:Query",
        "table/market-qualification-types": "dynamodb:BatchGetItem dynamodb:GetItem",
        "table/market-qualification-types/index/by_name": "dynamodb:Query",
        "table/market-qualifications": "dynamodb:BatchGetItem dynamodb:PutItem",
        "table/market-qualifications/index/by_worker": "dynamodb:Query",
        "table/market-questions": "dynamodb:GetItem",
        "table/market-rates": (
            "dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem"
        ),
        "table/market-requesters": "dynamodb:GetItem dynamodb:Scan dynamodb:UpdateItem",
        "table/market-session-replies": (
            "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query"
        ),
        "table/market-sessions": "dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem",
        "table/market-work-times": "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem",
        "table/market-workers": (
            "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem dynamodb:Scan "
            "dynamodb:UpdateItem"
        ),
        "table/notes": "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:UpdateItem",
        "table/payments": "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem",
        "table/payments/index/of_proto": "dynamodb:Query",
        "table/payments/index/open": "dynamodb:Query",
        "table/payments/index/uncovered": "dynamodb:Query",
        "table/people": (
            "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query "
            "dynamodb:UpdateItem"
        ),
        "table/people/index/of_proto": "dynamodb:Query",
        "table/people/index/roll": "dynamodb:Query",
        "table/postings": (
            "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:Query dynamodb:UpdateItem"
        ),
        "table/postings/index/by_hit": "dynamodb:Query",
        "table/postings/index/live": "dynamodb:Query",
        "table/protohits": "dynamodb:GetItem dynamodb:PutItem dynamodb:Scan dynamodb:UpdateItem",
        "table/reservations": (
            "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem"
        ),
        "table/reservations/index/all": "dynamodb:Query",
        "table/reservations/index/of_proto": "dynamodb:Query",
        "table/seats": (
            "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query "
            "dynamodb:UpdateItem"
        ),
        "table/submissions": (
            "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:Query dynamodb:UpdateItem"
        ),
        "table/totals": "dynamodb:Query",
    },
    "size_pools": {
        "function/size_pools": "lambda:InvokeFunction",
        "queue/events": "sqs:GetQueueUrl",
        "table/assignments": "dynamodb:GetItem",
        "table/ledgers": "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:UpdateItem",
        "table/ledgers/index/undone": "dynamodb:Query",
        "table/notes": "dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem",
        "table/payments/index/uncovered": "dynamodb:Query",
        "table/people": "dynamodb:GetItem dynamodb:UpdateItem",
        "table/postings": (
            "dynamodb:BatchGetItem dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem"
        ),
        "table/postings/index/live": "dynamodb:Query",
        "table/protohits": "dynamodb:GetItem dynamodb:Scan",
        "table/seats": "dynamodb:GetItem dynamodb:Query dynamodb:UpdateItem",
        "table/submissions": "dynamodb:GetItem",
    },
    "review": {
        "table/assignments": "dynamodb:DeleteItem dynamodb:GetItem dynamodb:UpdateItem",
        "table/errands": "dynamodb:DeleteItem dynamodb:GetItem dynamodb:UpdateItem",
        "table/errands/index/open": "dynamodb:Query",
        "table/ledgers": "dynamodb:GetItem dynamodb:UpdateItem",
        "table/notes": (
            "dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem"
        ),
        "table/payments": (
            "dynamodb:BatchGetItem dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem "
            "dynamodb:UpdateItem"
        ),
        "table/payments/index/open": "dynamodb:Query",
        "table/payments/index/uncovered": "dynamodb:Query",
        "table/people": (
            "dynamodb:BatchGetItem dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem "
            "dynamodb:Query dynamodb:UpdateItem"
        ),
        "table/people/index/of_proto": "dynamodb:Query",
        "table/people/index/roll": "dynamodb:Query",
        "table/people/index/ungranted": "dynamodb:Query",
        "table/postings": (
            "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:Query dynamodb:UpdateItem"
        ),
        "table/postings/index/by_hit": "dynamodb:Query",
        "table/postings/index/live": "dynamodb:Query",
        "table/protohits": "dynamodb:GetItem dynamodb:Scan",
        "table/seats": (
            "dynamodb:BatchGetItem dynamodb:DeleteItem dynamodb:GetItem dynamodb:Query "
            "dynamodb:UpdateItem"
        ),
        "table/submissions": (
            "dynamodb:ConditionCheckItem dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem "
            "dynamodb:Query dynamodb:UpdateItem"
        ),
        "table/totals": "dynamodb:UpdateItem",
    },
    "market_events": {
        "function/size_pools": "lambda:InvokeFunction",
        "table/assignments": "dynamodb:GetItem dynamodb:UpdateItem",
        "table/ledgers": "dynamodb:GetItem dynamodb:UpdateItem",
        "table/notes": "dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem",
        "table/payments": "dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem",
        "table/people": "dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem",
        "table/postings": "dynamodb:GetItem dynamodb:UpdateItem",
        "table/postings/index/by_hit": "dynamodb:Query",
        "table/protohits": "dynamodb:GetItem",
        "table/seats": "dynamodb:GetItem dynamodb:UpdateItem",
        "table/submissions": (
            "dynamodb:ConditionCheckItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query "
            "dynamodb:UpdateItem"
        ),
        "table/totals": "dynamodb:UpdateItem",
    },
    "mturk": {
        "queue/events": "sqs:SendMessage",
        f"{REQUESTERS}queue/*": "sqs:SendMessage",
        f"{REQUESTERS}topic/*": "sns:Publish",
        "table/market-access-keys": "dynamodb:GetItem",
        "table/market-announced-sessions": (
            "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem"
        ),
        "table/market-announced-sessions/index/by_account": "dynamodb:Query",
        "table/market-announced-sessions/index/by_start": "dynamodb:Query",
        "table/market-answers": "dynamodb:BatchGetItem",
        "table/market-assignment-ids": "dynamodb:GetItem dynamodb:UpdateItem",
        "table/market-assignments": "dynamodb:GetItem dynamodb:UpdateItem",
        "table/market-assignments/index/by_due": "dynamodb:Query",
        "table/market-assignments/index/by_reviewer": "dynamodb:Query",
        "table/market-assignments/index/by_submission": "dynamodb:Query",
        "table/market-blocks": (
            "dynamodb:DeleteItem dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem"
        ),
        "table/market-destinations": "dynamodb:PutItem",
        "table/market-hit-types": "dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem",
        "table/market-hits": (
            "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem"
        ),
        "table/market-hits/index/by_creation": "dynamodb:Query",
        "table/market-hits/index/by_end": "dynamodb:Query",
        "table/market-hits/index/by_hold": "dynamodb:Query",
        "table/market-hits/index/by_type": "dynamodb:Query",
        "table/market-ledger": "dynamodb:PutItem",
        "table/market-ledger/index/bonuses_by_assignment": "dynamodb:Query",
        "table/market-ledger/index/bonuses_by_hit": "dynamodb:Query",
        "table/market-messages": "dynamodb:PutItem",
        "table/market-notifications": "dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem",
        "table/market-outbox": "dynamodb:PutItem",
        "table/market-qualification-names": "dynamodb:PutItem dynamodb:UpdateItem",
        "table/market-qualification-request-ids": "dynamodb:GetItem",
        "table/market-qualification-requests": "dynamodb:GetItem dynamodb:UpdateItem",
        "table/market-qualification-requests/index/pending_of_owner": "dynamodb:Query",
        "table/market-qualification-requests/index/pending_of_type": "dynamodb:Query",
        "table/market-qualification-types": (
            "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem"
        ),
        "table/market-qualification-types/index/by_name": "dynamodb:Query",
        "table/market-qualification-types/index/by_owner": "dynamodb:Query",
        "table/market-qualification-uses": "dynamodb:PutItem dynamodb:Query",
        "table/market-qualifications": "dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem",
        "table/market-qualifications/index/by_grant": "dynamodb:Query",
        "table/market-questions": "dynamodb:GetItem dynamodb:PutItem",
        "table/market-rates": "dynamodb:UpdateItem",
        "table/market-reports": "dynamodb:GetItem dynamodb:PutItem dynamodb:Query",
        "table/market-requesters": "dynamodb:GetItem dynamodb:UpdateItem",
        "table/market-rounds": "dynamodb:PutItem dynamodb:UpdateItem",
        "table/market-session-replies": "dynamodb:Query",
        "table/market-tokens": "dynamodb:PutItem",
        "table/market-workers": "dynamodb:GetItem dynamodb:UpdateItem",
    },
    "market_tick": {
        "queue/events": "sqs:SendMessage",
        f"{REQUESTERS}queue/*": "sqs:SendMessage",
        "table/market-answers": "dynamodb:BatchGetItem dynamodb:DeleteItem",
        "table/market-assignment-ids": "dynamodb:UpdateItem",
        "table/market-assignments": "dynamodb:GetItem dynamodb:Query dynamodb:UpdateItem",
        "table/market-assignments/index/by_due": "dynamodb:Query",
        "table/market-assignments/index/by_submission": "dynamodb:Query",
        "table/market-assignments/index/by_timer": "dynamodb:Query",
        "table/market-destinations": "dynamodb:UpdateItem",
        "table/market-destinations/index/by_next": "dynamodb:Query",
        "table/market-hit-types": "dynamodb:UpdateItem",
        "table/market-hits": "dynamodb:GetItem dynamodb:UpdateItem",
        "table/market-hits/index/by_timer": "dynamodb:Query",
        "table/market-ledger": "dynamodb:PutItem",
        "table/market-messages": "dynamodb:PutItem",
        "table/market-notifications": "dynamodb:GetItem",
        "table/market-outbox": "dynamodb:DeleteItem dynamodb:PutItem dynamodb:Query",
        "table/market-reports": "dynamodb:GetItem dynamodb:PutItem",
        "table/market-requesters": "dynamodb:UpdateItem",
        "table/market-tokens": "dynamodb:PutItem",
        "table/market-workers": "dynamodb:UpdateItem",
        f"{REQUESTERS}topic/*": "sns:Publish",
    },
    "market_calls": {
        "table/market-announced-sessions": (
            "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:UpdateItem"
        ),
        "table/market-announced-sessions/index/untold": "dynamodb:Query",
        "table/market-assignments": "dynamodb:BatchGetItem",
        "table/market-blocks": "dynamodb:GetItem",
        "table/market-blocks/index/by_worker": "dynamodb:Query",
        "table/market-callings": "dynamodb:GetItem dynamodb:UpdateItem",
        "table/market-callings/index/wants_sessions": "dynamodb:Query",
        "table/market-callings/index/wants_work": "dynamodb:Query",
        "table/market-calls": "dynamodb:PutItem dynamodb:UpdateItem",
        "table/market-calls/index/by_due": "dynamodb:Query",
        "table/market-hit-types": "dynamodb:GetItem",
        "table/market-hit-types/index/by_newest": "dynamodb:Query",
        "table/market-hits": "dynamodb:BatchGetItem",
        "table/market-hits/index/by_group": "dynamodb:Query",
        "table/market-rounds": "dynamodb:BatchGetItem dynamodb:PutItem dynamodb:UpdateItem",
        "table/market-rounds/index/by_due": "dynamodb:Query",
        "table/market-session-replies": "dynamodb:GetItem dynamodb:Query",
        "table/market-workers": "dynamodb:GetItem",
    },
}

# The groups are made before the functions: one that a late line made would be kept for ever.
_LOGS = "logs:CreateLogStream logs:PutLogEvents"

OF_THE_SERVICE: dict[str, Grants] = {function: {f"log/{function}": _LOGS} for function in GRANTS}
"""What the Lambda service does in a function's name; no code of ours makes these calls."""

OF_THE_SERVICE["market_events"]["queue/events"] = (
    "sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes"
)
