"""`market …`: the marketplace's operator."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from chalicelib import cli
from chalicelib.marketplace import commands
from operate.target import Target


def add_to(rooms: Any) -> None:
    commands.add_to(rooms)
    rooms.choices["market"].set_defaults(run=_run)


def _run(target: Target, args: argparse.Namespace) -> None:
    cli.run_market(target.app, args, sys.stdout)
