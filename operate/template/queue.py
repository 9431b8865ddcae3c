"""The queue where markets tell what happens to HITs, and where what nobody could take ends up."""

from __future__ import annotations

from typing import Any

from operate.stages import Stage

# News is of use for minutes only: the schedules see for themselves what it said.
KEPT_S = 900
# A message that is hidden for less than the function's time limit comes twice while it is worked
# on, and Lambda refuses the queue. AWS advises six times the limit, for tries that are throttled.
HIDDEN_LIMITS = 6
# Throttled ones count.
TRIES = 5
DEAD_KEPT_S = 1_209_600


def events_name(stage: Stage) -> str:
    return f"{stage.prefix}-events"


def dead_letters_name(stage: Stage) -> str:
    return f"{events_name(stage)}-dead"


def hidden_s(stage: Stage) -> int:
    """For how long a message that was taken is hidden."""
    return HIDDEN_LIMITS * stage.timeout_s("market_events")


def events_queue(stage: Stage) -> dict[str, Any]:
    """The queue and its dead letters."""
    name = events_name(stage)
    return {
        "EventsQueue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "QueueName": name,
                "MessageRetentionPeriod": KEPT_S,
                "VisibilityTimeout": hidden_s(stage),
                "SqsManagedSseEnabled": True,
                "RedrivePolicy": {
                    "deadLetterTargetArn": {"Fn::GetAtt": ["EventsDeadLetters", "Arn"]},
                    "maxReceiveCount": TRIES,
                },
            },
        },
        "EventsDeadLetters": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "QueueName": dead_letters_name(stage),
                "MessageRetentionPeriod": DEAD_KEPT_S,
                "SqsManagedSseEnabled": True,
            },
        },
    }
