"""The part of botocore's data that the functions use, for the package (`chalicelib/kit/sdk.py`).

Endpoints change and services are added, but not what an operation of these looks like, so data of
the pinned botocore serves a runtime's newer one, too; it is what its own clients of an older age
would read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from botocore.loaders import Loader, create_loader

OPERATIONS: dict[str, tuple[str, ...]] = {
    "dynamodb": (
        *("BatchGetItem", "BatchWriteItem", "DeleteItem", "DescribeTable", "GetItem", "PutItem"),
        *("Query", "Scan", "TransactGetItems", "TransactWriteItems", "UpdateItem"),
    ),
    "lambda": ("Invoke",),
    "sesv2": ("SendEmail",),
    "sns": ("Publish",),
    "sqs": ("GetQueueUrl", "SendMessage"),
    "ssm": ("GetParameters",),
}
"""What the functions call, by botocore's names; policies know more of some services."""

# Whole: a few kilobytes each.
_OF_ALL = ("partitions", "sdk-default-configuration", "_retry")


def write(folder: Path) -> None:
    """Write a botocore data folder with the services of `OPERATIONS` and nothing else."""
    loader = create_loader()
    for name in _OF_ALL:
        _write(folder / f"{name}.json", loader.load_data(name))
    _write(folder / "endpoints.json", _endpoints(loader.load_data("endpoints")))
    for service, operations in OPERATIONS.items():
        _write_service(loader, folder, service, operations)


def _write_service(loader: Loader, folder: Path, service: str, operations: Iterable[str]) -> None:
    version = loader.determine_latest_version(service, "service-2")
    target = folder / service / version
    target.mkdir(parents=True, exist_ok=True)
    model = loader.load_service_model(service, "service-2", version)
    _write(target / "service-2.json", _only(model, operations))
    rules = loader.load_service_model(service, "endpoint-rule-set-1", version)
    _write(target / "endpoint-rule-set-1.json", rules)


def _endpoints(whole: Mapping[str, Any]) -> dict[str, Any]:
    """Partitions and regions, and of services those that are called."""
    return {
        **whole,
        "partitions": [
            {
                **partition,
                "services": {
                    name: value
                    for name, value in partition["services"].items()
                    if name in OPERATIONS
                },
            }
            for partition in whole["partitions"]
        ],
    }


def _only(model: Mapping[str, Any], operations: Iterable[str]) -> dict[str, Any]:
    """A service's model with these operations and the shapes that they reach, without prose."""
    kept = {name: model["operations"][name] for name in operations}
    shapes: dict[str, Any] = {}
    wanted = [*_shapes_in(list(kept.values()))]
    while wanted:
        name = wanted.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            wanted += _shapes_in(shapes[name])
    return dict(
        _without_prose({**model, "operations": kept, "shapes": dict(sorted(shapes.items()))})
    )


def _shapes_in(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        here = [value["shape"]] if isinstance(value.get("shape"), str) else []
        return here + [name for part in value.values() for name in _shapes_in(part)]
    if isinstance(value, list):
        return [name for part in value for name in _shapes_in(part)]
    return []


def _without_prose(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _without_prose(v) for k, v in value.items() if not _is_prose(k, v)}
    return [_without_prose(part) for part in value] if isinstance(value, list) else value


def _is_prose(name: str, value: Any) -> bool:
    return name == "documentation" and isinstance(value, str)


def _write(file: Path, value: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value, separators=(",", ":")))
