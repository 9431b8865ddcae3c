"""The queue where markets tell what happens to HITs, and where what nobody could take ends up."""

from __future__ import annotations

from typing import Any

from operate.stages import Stage

# News is of use for minutes only: the schedules see for themselves what it said.
KEPT_S = 900
# At least the function's time limit: else a message comes twice while it is still worked on.
HIDDEN_S = 90
TRIES = 3
DEAD_KEPT_S = 1_209_600


def dead_letters_name(stage: Stage) -> str:
    return f"{stage.prefix}-events-dead"


def events_queue(stage: Stage) -> dict[str, Any]:
    """The queue and its dead letters."""
    name = f"{stage.prefix}-events"
    return {
        "EventsQueue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "QueueName": name,
                "MessageRetentionPeriod": KEPT_S,
                "VisibilityTimeout": HIDDEN_S,
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
