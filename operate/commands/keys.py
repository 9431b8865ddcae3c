"""`keys …`: API keys of the service."""

from __future__ import annotations

import argparse
from typing import Any

from chalicelib import cli
from operate.answers import Answer
from operate.target import Target


def add_to(rooms: Any) -> None:
    cli.add_keys_to(rooms).set_defaults(run=_run)


def _run(target: Target, args: argparse.Namespace) -> Answer:
    return Answer(cli.run_keys(target.app.retainer.keys, args))
