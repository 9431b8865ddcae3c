"""`market model`: the protocol's model for programs whose boto3 has none any more."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from chalicelib.mturk import model


def add_to(parts: Any) -> None:
    made = parts.add_parser("model", help="Copy the protocol's model for a boto3 that lacks it")
    made.add_argument("folder", type=Path, help="where AWS_DATA_PATH of a program will point to")


def run(args: argparse.Namespace) -> Any:
    folder = args.folder.resolve()
    model.take_copy(folder)
    return {"AWS_DATA_PATH": str(folder)}
