"""IAM's part: whether a policy document allows a request, decided as AWS decides it.

Of the policy language what our policies use is known: any other element, operator, condition key or
variable raises `UnsupportedPolicy` when the document is read, since a guess would prove nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

KEYS = frozenset({"aws:ResourceAccount", "aws:PrincipalAccount"})
"""Condition keys that every request here bears."""

_VERSION = "2012-10-17"
_ELEMENTS = frozenset({"Sid", "Effect", "Action", "Resource", "Condition"})
_OPERATORS = frozenset({"StringEquals", "StringNotEquals"})
_VARIABLE = re.compile(r"\$\{([^}]*)\}")


class UnsupportedPolicy(Exception):
    """A policy says something that is not decided here."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller wants to do: an action on the full ARN of a resource, with condition keys."""

    action: str
    resource: str
    keys: Mapping[str, str]


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One action on one pattern of resources, as a statement has them; `condition` as its JSON."""

    action: str
    resource: str
    condition: str = ""


@dataclass(frozen=True, slots=True)
class _Statement:
    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]

    def grants(self) -> Iterator[Grant]:
        condition = " and ".join(f"{o} {k} {' or '.join(v)}" for o, k, v in self.conditions)
        for action in self.actions:
            for resource in self.resources:
                yield Grant(action, resource, condition)

    def matching(self, request: Request) -> list[Grant]:
        """The parts of this statement that are about a request; none, if it does not apply."""
        if not all(_holds(*condition, request.keys) for condition in self.conditions):
            return []
        return [
            grant
            for grant in self.grants()
            if _like(grant.action.lower(), request.action.lower())
            and _is_of(grant.resource, request.resource)
        ]


class Policy:
    """A document that is attached to a role. Raises `UnsupportedPolicy`."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        if document.get("Version") != _VERSION or set(document) != {"Version", "Statement"}:
            raise UnsupportedPolicy(f"a document of {sorted(document)} in another version")
        self._statements = [_read(one) for one in _listed(document["Statement"])]

    def grants(self) -> set[Grant]:
        """All that it allows."""
        return {grant for one in self._statements if one.allows for grant in one.grants()}

    def allowing(self, request: Request) -> list[Grant]:
        """What allows a request; nothing where it is refused: not allowed, or denied."""
        found: list[Grant] = []
        for statement in self._statements:
            matching = statement.matching(request)
            if matching and not statement.allows:
                return []
            found += matching
        return found


def _read(statement: Mapping[str, Any]) -> _Statement:
    unknown = set(statement) - _ELEMENTS
    if unknown or statement.get("Effect") not in {"Allow", "Deny"}:
        raise UnsupportedPolicy(f"a statement with {sorted(unknown) or statement.get('Effect')}")
    conditions = []
    for operator, tests in statement.get("Condition", {}).items():
        for key, values in tests.items():
            if operator not in _OPERATORS or key not in KEYS:
                raise UnsupportedPolicy(f"the condition {operator} {key}")
            named = tuple(str(value) for value in _listed(values))
            for value in named:
                if unknown := set(_VARIABLE.findall(value)) - KEYS:
                    raise UnsupportedPolicy(f"the variables {sorted(unknown)}")
            conditions.append((operator, key, named))
    resources = tuple(_listed(statement["Resource"]))
    for resource in resources:
        if resource != "*" and resource.count(":") < 5:
            raise UnsupportedPolicy(f"{resource} is no ARN")
        if "$" in resource:
            raise UnsupportedPolicy(f"a variable in {resource}")
    return _Statement(
        statement["Effect"] == "Allow",
        tuple(_listed(statement["Action"])),
        resources,
        tuple(conditions),
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _holds(operator: str, key: str, values: tuple[str, ...], keys: Mapping[str, str]) -> bool:
    wanted = {_VARIABLE.sub(lambda found: keys[found[1]], value) for value in values}
    return (keys[key] in wanted) == (operator == "StringEquals")


def _is_of(pattern: str, arn: str) -> bool:
    """Whether an ARN is one of those that a pattern stands for: no `*` reaches over a colon of the
    first five, which part service, region and account."""
    if pattern == "*":
        return True
    return all(
        _like(part, given)
        for part, given in zip(pattern.split(":", 5), arn.split(":", 5), strict=True)
    )


def _like(pattern: str, text: str) -> bool:
    return _compiled(pattern).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.compile("".join(parts), re.DOTALL)
