"""moto's CloudFormation, with what ours relies on of AWS's.

Creations and changes that fail are taken back, as each resource's DeletionPolicy says; what is
there already is taken over by its name; stacks refuse to be deleted; a change set without changes
fails; DynamoDB adds one index to a table in one change; templates of SAM are translated.
"""

from __future__ import annotations

import copy
import json
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3
import yaml
from moto.cloudformation import responses
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import ChangeSet, CloudFormationBackend, Stack
from moto.cloudformation.parsing import ResourceMap, clean_json
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import EmptyResult
from moto.s3.models import s3_backends

from tests.deploy.moto_code import CODE_KINDS
from tests.deploy.moto_resources import STATE_KINDS, Aws, Kind

_KEPT_WITH_STACK = {"Retain", "RetainExceptOnCreate"}
_SAM = "AWS::Serverless-2016-10-31"
_KINDS = {**STATE_KINDS, **CODE_KINDS}
_DELETING = threading.RLock()
_SERVER: dict[str, str] = {}


@dataclass
class Made:
    """A resource of a stack."""

    stack: str
    logical_resource_id: str
    type: str
    physical_resource_id: str
    attributes: dict[str, str]
    properties: dict[str, Any]
    policy: str
    adopted: bool = False

    @property
    def kind(self) -> Kind:
        return _KINDS[self.type]

    def get_cfn_attribute(self, name: str) -> str:
        return self.attributes[name]


def mend(url: str) -> None:
    """`url`: the server's own, by which resources are made in it."""
    _SERVER["url"] = url
    responses.get_stack_from_s3_url = _read_by_url
    Stack.parse_template = staticmethod(_parsed)
    ChangeSet._parse_template = _parse_change_set
    ResourceMap.__getitem__ = _get_resource
    ResourceMap.update = _update
    ResourceMap.delete = _delete
    ResourceMap.validate_outputs = lambda self: None
    CloudFormationBackend.create_change_set = _checked(CloudFormationBackend.create_change_set)
    CloudFormationBackend.execute_change_set = _execute
    CloudFormationBackend.delete_stack = _protected(CloudFormationBackend.delete_stack)
    CloudFormationResponse.create_change_set = _noting(CloudFormationResponse.create_change_set)
    CloudFormationResponse.update_termination_protection = _protect
    # AWS says so in the change set's status, not in the answer.
    CloudFormationResponse._validate_different_update = lambda *_: None


def _parsed(template: Any) -> dict[str, Any]:
    if not isinstance(template, str):
        return dict(template)
    # What the CLI has packaged is YAML; ours is JSON, which is read many times as fast.
    is_json = template.startswith("{")
    whole = json.loads(template) if is_json else yaml.load(template, yaml.CSafeLoader)
    return dict(_translated(whole) if whole.get("Transform") == _SAM else whole)


def _translated(template: Any) -> Any:
    # A fifth of what the server takes to start, and few stacks want it.
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    session = boto3.Session("test", "test", region_name="us-east-1")
    return Translator({}, Parser(), boto_session=session).translate(copy.deepcopy(template), {})


def _read_by_url(url: str, account_id: str, partition: str) -> str:
    """Of a bucket by its own host, or in the path, as the CLI has it."""
    parts = urlsplit(url)
    in_path = parts.hostname == "127.0.0.1"
    path = parts.path.lstrip("/") if in_path else f"{parts.netloc.split('.')[0]}{parts.path}"
    bucket, _, key = path.partition("/")
    found = s3_backends[account_id][partition].get_object(bucket, key)
    assert found is not None, url
    return found.value.decode()


def _parse_change_set(self: Any) -> None:
    self.template_dict = _parsed(self.template)


def _aws(resources: Any) -> Aws:
    if not hasattr(resources, "aws"):
        resources.aws = Aws(_SERVER["url"], resources._region_name)
    return resources.aws


def _get_resource(self: Any, key: str) -> Any:
    if key in self._parsed_resources:
        return self._parsed_resources[key]
    if key not in self._resource_json_map:
        raise KeyError(key)
    made = _make(self, key, self._resource_json_map[key])
    if made is not None:
        self._parsed_resources[key] = made
    return made


def _make(resources: Any, logical: str, written: dict[str, Any]) -> Made | None:
    if not _is_wanted(resources, written):
        return None
    if written["Type"] not in _KINDS:
        raise ValueError(f"tests/deploy knows no resource {written['Type']}")
    kind = _KINDS[written["Type"]]
    properties = clean_json(written.get("Properties", {}), resources)
    policy = written.get("DeletionPolicy", "Delete")
    name = written.get("Properties", {}).get(kind.named)
    found = None
    # A name that is worked out is not looked for, nor what would be deleted with the stack.
    if resources.importing and isinstance(name, str) and policy in _KEPT_WITH_STACK and kind.find:
        found = kind.find(_aws(resources), name)
    if found is not None:
        physical, attributes = str(name), dict(found)
    else:
        physical, attributes = kind.make(_aws(resources), properties)
    return Made(
        resources.stack_id, logical, written["Type"], physical, attributes, properties, policy,
        found is not None,
    )  # fmt: skip


def _is_wanted(resources: Any, written: dict[str, Any]) -> bool:
    condition = written.get("Condition")
    return not condition or bool(resources.lazy_condition_map[condition])


def _update(self: Any, template: dict[str, Any], parameters: Any = None) -> None:
    """Bring all resources to a template; what was done before an error is left to the caller."""
    self._template = template
    if parameters is not None:
        self.input_parameters = parameters
    self._resource_json_map = template["Resources"]
    self.load_mapping()
    self.load_parameters()
    self.load_conditions()
    for logical in _in_order(template["Resources"]):
        written, made = template["Resources"][logical], self._parsed_resources.get(logical)
        if made is None:
            _ = self[logical]
            continue
        properties = clean_json(written.get("Properties", {}), self)
        if properties != made.properties:
            made.kind.change(_aws(self), made.physical_resource_id, made.properties, properties)
            made.properties = properties
        made.policy = written.get("DeletionPolicy", "Delete")
    for logical, made in list(self._parsed_resources.items()):
        if isinstance(made, Made) and logical not in template["Resources"]:
            if made.policy not in _KEPT_WITH_STACK:
                made.kind.delete(_aws(self), made.physical_resource_id)
            del self._parsed_resources[logical]


def _in_order(resources: dict[str, Any]) -> list[str]:
    """What others depend on goes first; references are followed as they are met."""
    ordered: dict[str, None] = {}

    def add(logical: str) -> None:
        needs = resources[logical].get("DependsOn", [])
        for one in [needs] if isinstance(needs, str) else needs:
            if one in resources and one not in ordered:
                add(one)
        ordered[logical] = None

    for logical in resources:
        add(logical)
    return [*ordered]


def _delete(self: Any) -> None:
    for logical, made in reversed(list(self._parsed_resources.items())):
        if isinstance(made, Made):
            if made.policy not in _KEPT_WITH_STACK:
                made.kind.delete(_aws(self), made.physical_resource_id)
            del self._parsed_resources[logical]


def _checked(original: Any) -> Any:
    def create(self: Any, **given: Any) -> Any:
        there = [s for s in self.stacks.values() if s.name == given["stack_name"]]
        if there and given["change_set_type"] == "CREATE":
            raise ValidationError(message=f"Stack {given['stack_name']} already exists")
        if there and there[0].status in {"ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"}:
            raise ValidationError(message=f"Stack is in {there[0].status} state")
        return original(self, **given)

    return create


def _execute(self: Any, change_set_name: str, stack_name: str | None = None) -> None:
    change = next(
        c for n, c in self.change_sets.items() if change_set_name in {n, c.change_set_name}
    )
    if change.execution_status != "AVAILABLE":
        # Asked again by a client that the first call took too long: it looks at the status.
        return
    change.execution_status = "EXECUTE_IN_PROGRESS"
    stack = self.stacks[change.stack_id]
    stack.status = f"{change.change_set_type}_IN_PROGRESS"
    resources = stack.resource_map
    kind, before = change.change_set_type, set(resources._parsed_resources)
    old = (stack.template_dict, dict(resources.input_parameters))
    stack._add_stack_event(f"{kind}_IN_PROGRESS")
    resources.importing = getattr(change, "importing", False)
    try:
        change.apply()
    except Exception as error:
        _add_failure(stack, kind, error)
        stack.status = _take_back(resources, before, old, is_first=kind == "CREATE")
        stack._add_stack_event(stack.status)
        return
    stack.template, stack.template_dict = change.template, change.template_dict
    stack.parameters = change.parameters
    stack.output_map = stack._create_output_map()
    stack.status = f"{kind}_COMPLETE"
    change.execution_status = "EXECUTE_COMPLETE"
    stack._add_stack_event(stack.status)


def _add_failure(stack: Any, kind: str, error: Exception) -> None:
    stack._add_stack_event(f"{kind}_FAILED", resource_status_reason=str(error) or repr(error))
    named = next((n for n in stack.resource_map._resource_json_map
                  if n not in stack.resource_map._parsed_resources), stack.name)  # fmt: skip
    stack.events[-1].logical_resource_id = named


def _take_back(resources: Any, before: set[str], old: Any, *, is_first: bool) -> str:
    """As AWS does: what this operation has made is deleted unless its policy is Retain."""
    try:
        for logical, made in reversed(list(resources._parsed_resources.items())):
            if logical in before or not isinstance(made, Made):
                continue
            if not made.adopted and made.policy != "Retain":
                made.kind.delete(_aws(resources), made.physical_resource_id)
            del resources._parsed_resources[logical]
        if not is_first:
            _update(resources, *old)
    except Exception:
        return "ROLLBACK_FAILED" if is_first else "UPDATE_ROLLBACK_FAILED"
    return "ROLLBACK_COMPLETE" if is_first else "UPDATE_ROLLBACK_COMPLETE"


def _protected(original: Any) -> Any:
    def delete_stack(self: Any, name_or_stack_id: str) -> None:
        for stack in self.stacks.values():
            named = name_or_stack_id in {stack.name, stack.stack_id}
            if named and stack.enable_termination_protection:
                raise ValidationError(
                    message=f"Stack [{stack.name}] cannot be deleted while "
                    "TerminationProtection is enabled"
                )
        with _DELETING:
            original(self, name_or_stack_id)

    return delete_stack


def _noting(original: Any) -> Any:
    def create_change_set(self: Any) -> Any:
        answer = original(self)
        # The newest.
        made = list(self.cloudformation_backend.change_sets.values())[-1]
        made.importing = self._get_bool_param("ImportExistingResources", False)
        return answer

    return create_change_set


def _protect(self: Any) -> Any:
    stack = self.cloudformation_backend.get_stack(self._get_param("StackName"))
    stack.enable_termination_protection = self._get_bool_param("EnableTerminationProtection")
    return EmptyResult()
