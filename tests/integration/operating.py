"""Runs the operator's command line in this process, as a shell would see it."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

from operate import command_line


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def retainer(*words: str) -> Ran:
    """Run a command; 2 is what argparse leaves with."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = command_line.main(words, out)
        except SystemExit as left:
            code = int(left.code or 0)
    return Ran(code, out.getvalue(), err.getvalue())


def asked(*words: str) -> Any:
    """Run a command that must be done, and return what it answers a program."""
    ran = retainer("--json", *words)
    assert ran.code == 0, ran.err
    return ran.json
