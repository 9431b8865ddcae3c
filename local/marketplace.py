"""`python -m local.marketplace`: the marketplace alone, and how programs and workers reach it."""

from __future__ import annotations

import sys
from dataclasses import replace

from chalicelib import bootstrap
from chalicelib.marketplace.domain.errors import BadRequest
from local.__main__ import arguments, options, say, set_up_logging, stop_signals, watch
from local.engine import ROOT
from local.first_lines import first_lines
from local.stack import Stack, StackFailed, running_stack

WORKER = "First Worker"


def invitation(name: str) -> str:
    """A fresh link for the worker of this name, who is made if need be."""
    market = bootstrap.get().marketplace
    try:
        worker = market.invitations.newcomer(name, "US", None, False)
    except BadRequest:
        worker = next(one for one in market.workforce.list_all() if one.name == name)
    return market.invitations.make(worker).url


def print_all(stack: Stack) -> None:
    """Everything that somebody at a second terminal, or at a browser, needs."""
    keys = stack.keys
    say("The marketplace is up; Ctrl-C ends it.")
    say(f"  endpoint      {stack.mturk}")
    say(f"  access key    {keys.access_key}")
    say(f"  secret key    {keys.secret_key}")
    say(f"  worker site   {stack.desk}/work/")
    say(f"  invitation    {invitation(WORKER)}")
    say("                (works once, for seven days; each start prints a fresh one)")
    say("")
    say("In a second terminal, in this folder, paste one of these. Each posts a HIT.")
    for each in first_lines(stack.mturk, keys.access_key, keys.secret_key):
        say("")
        say(f"# {each.what}" + (f", in {each.before}" if each.before else ""))
        if not (ROOT / each.needs).exists():
            say(f"# ({each.brought_by} installs it first)")
        for line in each.lines:
            say(line)


def main(argv: list[str] | None = None) -> int:
    given = arguments("The marketplace on one machine", "marketplace").parse_args(argv)
    set_up_logging(given.verbose)
    alone = replace(options(given), marketplace_only=True)
    try:
        with stop_signals() as stop, running_stack(alone) as stack:
            print_all(stack)
            watch(stack, stop)
    except StackFailed as error:
        print(f"The marketplace stopped: {error}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
