"""The one command line finds what it needs, and loads no more."""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib import import_module

import pytest

from operate.command_line import SUBJECTS, build_parser
from operate.completion import subparsers


@pytest.mark.parametrize("subject", SUBJECTS)
def test_subject__adds_the_commands_that_it_is_found_by(subject: str) -> None:
    parser = argparse.ArgumentParser()

    import_module(f"operate.commands.{subject}").add_to(parser.add_subparsers())

    assert tuple(subparsers(parser)) == SUBJECTS[subject]


def test_command_line__knows_all_commands_where_none_is_named() -> None:
    everything = [name for names in SUBJECTS.values() for name in names]

    assert list(subparsers(build_parser())) == [*everything, "completion"]


def test_command__loads_no_other_ones_module() -> None:
    script = (
        "import sys; from operate.command_line import main; sys.argv[1:] = ['deploy', '--help']\n"
        "try: main()\n"
        "finally: print(*sorted(sys.modules))"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    loaded = {
        name.rpartition(".")[2] for name in done.stdout.split() if "operate.commands." in name
    }
    assert loaded == {"deploying"}
