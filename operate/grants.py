"""What each function may do, one line for each table, index, queue, function and parameter.

The least that works, kept so by the tests: a call that is not granted here is refused while they
run, as AWS would refuse it, and what no test needs does not stand here (`tests/permissions.py`).
Names are without the stage's prefix; `*` is whatever requesters have named.
"""

from __future__ import annotations

Grants = dict[str, str]
"""Resource, as `operate.iam.Need` names it: actions."""

GRANTS: dict[str, Grants] = {
    "api_handler": {
        "function/size_pools": "lambda:InvokeFunction",
        "table/assignments": "dynamodb:GetItem",
        "table/ledgers": (
            "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem"
        ),
        "table/ledgers/index/undone": "dynamodb:Query",
        "table/notes": "dynamodb:GetItem dynamodb:UpdateItem",
        "table/postings": "dynamodb:BatchGetItem",
        "table/postings/index/by_hit": "dynamodb:Query",
        "table/postings/index/live": "dynamodb:Query",
        "table/protohits": "dynamodb:GetItem dynamodb:PutItem dynamodb:Scan dynamodb:UpdateItem",
        "table/reservations": "dynamodb:BatchGetItem dynamodb:PutItem dynamodb:UpdateItem",
        "table/reservations/index/all": "dynamodb:Query",
        "table/seats": "dynamodb:Query",
        "table/submissions": "dynamodb:Query",
    },
    "size_pools": {
        "table/ledgers": "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:UpdateItem",
        "table/ledgers/index/undone": "dynamodb:Query",
        "table/notes": "dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem",
        "table/payments/index/uncovered": "dynamodb:Query",
        "table/postings": (
            "dynamodb:BatchGetItem dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem"
        ),
        "table/postings/index/live": "dynamodb:Query",
        "table/protohits": "dynamodb:GetItem dynamodb:Scan",
        "table/seats": "dynamodb:Query",
    },
    "review": {
        "table/assignments": "dynamodb:GetItem",
        "table/notes": "dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem",
        "table/payments": "dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem",
        "table/payments/index/open": "dynamodb:Query",
        "table/payments/index/uncovered": "dynamodb:Query",
        "table/postings": "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:Query",
        "table/postings/index/by_hit": "dynamodb:Query",
        "table/postings/index/live": "dynamodb:Query",
        "table/protohits": "dynamodb:GetItem dynamodb:Scan",
        "table/seats": "dynamodb:GetItem dynamodb:Query dynamodb:UpdateItem",
        "table/submissions": "dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem",
        "table/totals": "dynamodb:UpdateItem",
    },
    "market_events": {},
    "mturk": {
        "table/market-access-keys": "dynamodb:GetItem",
        "table/market-hit-types": "dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem",
        "table/market-hits": "dynamodb:GetItem dynamodb:PutItem",
        "table/market-hits/index/by_hold": "dynamodb:Query",
        "table/market-notifications": "dynamodb:GetItem",
        "table/market-qualification-uses": "dynamodb:PutItem",
        "table/market-questions": "dynamodb:GetItem dynamodb:PutItem",
        "table/market-requesters": "dynamodb:GetItem dynamodb:UpdateItem",
        "table/market-tokens": "dynamodb:PutItem",
    },
    "market_tick": {},
    "market_calls": {},
}

_LOGS = "logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents"

OF_THE_SERVICE: dict[str, Grants] = {function: {f"log/{function}": _LOGS} for function in GRANTS}
"""What the Lambda service does in a function's name; no code of ours makes these calls."""

OF_THE_SERVICE["market_events"]["queue/events"] = (
    "sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes"
)
