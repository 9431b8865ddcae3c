"""One CloudFormation stack, made and changed by change sets that are looked at first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.kit.clock import Clock
from operate import aws
from operate.answers import Say
from operate.state.changes import KEPT, Template
from operate.target import Refused

# What CloudFormation takes in the call itself; anything longer comes from a bucket.
_MOST_IN_CALL = 51_200
_LOOK_S = 3
_LONGEST_S = 3_600
"""A first distribution takes some minutes, an index of a large table more."""

_NEVER_MADE = {"REVIEW_IN_PROGRESS", "CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}
"""After a first creation that failed: such a stack can only be deleted."""

_DONE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}


class Stack:
    """`builds` is the bucket that a long template is read from."""

    def __init__(
        self, name: str, region: str, say: Say, clock: Clock, builds: str | None = None
    ) -> None:
        self.name = name
        self._region, self._say, self._clock, self._builds = region, say, clock, builds

    @cached_property
    def _client(self) -> Any:
        return aws.client("cloudformation", self._region)

    def describe(self) -> Mapping[str, Any] | None:
        """The stack as CloudFormation has it, or None."""
        try:
            found = self._client.describe_stacks(StackName=self.name)["Stacks"]
        except ClientError as error:
            # Of a name that is well formed it says so only if there is no such stack.
            if aws.code_of(error) != "ValidationError":
                raise
            return None
        return dict(found[0])

    def exists(self) -> bool:
        """Whether it has been made; one whose first creation failed was not."""
        found = self.describe()
        return found is not None and found["StackStatus"] not in _NEVER_MADE

    def template(self) -> Template:
        answer = self._client.get_template(StackName=self.name, TemplateStage="Original")
        body = answer["TemplateBody"]
        return dict(json.loads(body) if isinstance(body, str) else body)

    def parameters(self) -> dict[str, str]:
        found = self._need().get("Parameters", [])
        return {one["ParameterKey"]: one["ParameterValue"] for one in found}

    def outputs(self) -> dict[str, str]:
        """Raises `Refused` where there is no such stack."""
        found = self._need().get("Outputs", [])
        return {one["OutputKey"]: one["OutputValue"] for one in found}

    def clear_failed(self) -> None:
        """Delete what a first creation that failed has left: it can't be tried again otherwise.

        Waits for an operation that is under way. Raises `Refused` for a state that only a person
        can lead out of.
        """
        status = self._settle()
        if status in _NEVER_MADE:
            self._say(f"stack {self.name}: its first creation failed ({status}); made new")
            self._client.delete_stack(StackName=self.name)
            self._settle()
        elif status is not None and status.endswith("_FAILED"):
            raise Refused(
                f"the stack {self.name} is {status}: bring it into order first (UPDATE_ROLLBACK_"
                "FAILED: aws cloudformation continue-update-rollback; DELETE_FAILED: aws "
                "cloudformation delete-stack), then run this again"
            )

    def apply(self, template: Template, parameters: Mapping[str, str]) -> bool:
        """Make the stack, or change it to this template; return whether there was anything to do.

        Parameters that are not named keep their values. What is there already, by a name of the
        template, is taken over. Raises `Refused` if that would replace a table or a bucket, and if
        CloudFormation failed and took the change back, with the first thing that went wrong.
        """
        exists = self.exists()
        before = self.parameters() if exists else {}
        known = template.get("Parameters", {})
        changed = {name: value for name, value in parameters.items() if before.get(name) != value}
        if exists and not changed and self.template() == template:
            return False
        kept = [
            {"ParameterKey": name, "UsePreviousValue": True}
            for name in before
            if name in known and name not in parameters
        ]
        given = [{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()]
        change = self._client.create_change_set(
            StackName=self.name,
            ChangeSetName=f"retainer-{self._clock.now_ms()}",
            ChangeSetType="UPDATE" if exists else "CREATE",
            Parameters=[*kept, *given],
            ImportExistingResources=True,
            **self._where(template, exists),
        )["Id"]
        if not self._is_change(change):
            return False
        self._look_at(change)
        self._say(f"stack {self.name}: {'changing' if exists else 'being made'} …")
        self._client.execute_change_set(ChangeSetName=change)
        status = self._settle()
        if status not in _DONE:
            raise Refused(
                f"the stack {self.name} is {status}: {self._first_failure()}. What was begun is "
                "taken back; mend it and run this again"
            )
        return True

    def protect(self, on: bool = True) -> None:
        """Let the stack refuse to be deleted, or not any more."""
        self._client.update_termination_protection(
            StackName=self.name, EnableTerminationProtection=on
        )

    def is_protected(self) -> bool:
        return bool(self._need().get("EnableTerminationProtection"))

    def delete(self) -> None:
        """Waits until it is gone; what its template keeps stays in the account."""
        self._client.delete_stack(StackName=self.name)
        status = self._settle()
        if status is not None:
            raise Refused(f"the stack {self.name} is {status}: {self._first_failure()}")

    def _need(self) -> Mapping[str, Any]:
        found = self.describe()
        if found is None:
            raise Refused(f"there is no stack {self.name}")
        return found

    def _where(self, template: Template, exists: bool) -> dict[str, Any]:
        if exists and self.template() == template:
            return {"UsePreviousTemplate": True}
        body = json.dumps(template, separators=(",", ":"))
        if len(body.encode()) <= _MOST_IN_CALL:
            return {"TemplateBody": body}
        if self._builds is None:
            raise Refused(f"the template of {self.name} needs a bucket: {len(body)} bytes")
        key = f"templates/{hashlib.sha256(body.encode()).hexdigest()[:16]}.json"
        aws.client("s3", self._region).put_object(Bucket=self._builds, Key=key, Body=body.encode())
        host = f"{self._builds}.s3.{self._region}.{aws.url_suffix(self._region)}"
        return {"TemplateURL": f"https://{host}/{key}"}

    def _is_change(self, change: str) -> bool:
        """Wait until it is worked out; delete one without changes."""
        while True:
            found = self._client.describe_change_set(ChangeSetName=change)
            if found["Status"] == "CREATE_COMPLETE":
                return True
            if found["Status"] == "FAILED":
                self._client.delete_change_set(ChangeSetName=change)
                reason = str(found.get("StatusReason", ""))
                # There is no code for it.
                if "didn't contain changes" in reason or "No updates are to be performed" in reason:
                    return False
                raise Refused(f"the stack {self.name} can't be changed so: {reason}")
            self._clock.sleep(_LOOK_S)

    def _look_at(self, change: str) -> None:
        """A last look, as CloudFormation understands it, at what is not to be lost."""
        lost = [
            f"{one['LogicalResourceId']} ({one.get('PhysicalResourceId', 'new')})"
            for one in self._changes(change)
            if one["ResourceType"] in KEPT and one.get("Replacement") == "True"
        ]
        if lost:
            self._client.delete_change_set(ChangeSetName=change)
            raise Refused(
                f"CloudFormation would put an empty one in the place of {', '.join(lost)}: nothing "
                "is changed"
            )

    def _changes(self, change: str) -> Iterator[Mapping[str, Any]]:
        more: dict[str, str] = {}
        while True:
            found = self._client.describe_change_set(ChangeSetName=change, **more)
            yield from (one["ResourceChange"] for one in found.get("Changes", []))
            if "NextToken" not in found:
                return
            more = {"NextToken": found["NextToken"]}

    def _settle(self) -> str | None:
        """Wait until no operation is under way; return the status, None for no stack."""
        end_ms = self._clock.now_ms() + _LONGEST_S * 1000
        while True:
            found = self.describe()
            status = None if found is None else str(found["StackStatus"])
            waits = status is not None and status.endswith("_IN_PROGRESS")
            if not waits or status == "REVIEW_IN_PROGRESS":
                return status
            if self._clock.now_ms() > end_ms:
                raise Refused(f"the stack {self.name} is still {status}: run this again later")
            self._clock.sleep(_LOOK_S)

    def _first_failure(self) -> str:
        pages = self._client.get_paginator("describe_stack_events").paginate(StackName=self.name)
        try:
            events = [event for page in pages for event in page["StackEvents"]]
        except ClientError as error:
            return str(error)
        events.sort(key=lambda event: event["Timestamp"])
        # Of the last operation only.
        starts = [n for n, e in enumerate(events) if _is_start(e, self.name)]
        for event in events[starts[-1] if starts else 0 :]:
            reason = str(event.get("ResourceStatusReason", ""))
            if event["ResourceStatus"].endswith("_FAILED") and "cancelled" not in reason:
                return f"{event['LogicalResourceId']}: {reason}"
        return "see its events"


def _is_start(event: Mapping[str, Any], stack: str) -> bool:
    return (
        event["LogicalResourceId"] == stack
        and event["ResourceStatus"] in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}
    )  # fmt: skip
