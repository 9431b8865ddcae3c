"""The commands `keys …` and `market …` of the operator's command line, `./retainer`.

They read the same environment as the service does, and work on its tables directly. By itself
(`python -m chalicelib.cli`) this answers in JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import Any, TextIO

from chalicelib import bootstrap, erasing
from chalicelib.kit import parameters
from chalicelib.kit.config import Config, ConfigError
from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.marketplace import commands
from chalicelib.marketplace.domain.errors import MarketplaceError
from chalicelib.retainer.domain.errors import RetainerError
from chalicelib.retainer.services.keys import Keys, Scope


def main(argv: Sequence[str] | None = None, out: TextIO = sys.stdout) -> int:
    """Run one command; return 0, 1 if it was refused, 2 if it was not understood."""
    args = _parser().parse_args(argv)
    try:
        app = bootstrap.App(Config.from_env(os.environ, parameters.fetch))
        if args.what == "market":
            answer = run_market(app, args, out)
        else:
            answer = run_keys(app.retainer.keys, args)
        if answer is not None:
            print(json.dumps(answer, indent=1, ensure_ascii=False), file=out)
    except (RetainerError, MarketplaceError, ConfigError, StoreUnavailable) as error:
        print(f"retainer: {error}", file=sys.stderr)
        return 1
    return 0


def run_market(app: bootstrap.App, args: argparse.Namespace, out: TextIO) -> Any:
    """Run one of `market …` and return its answer, or None where it has written CSV to `out`.

    Raises `MarketplaceError` or `RetainerError` if it is refused. Only deleting a worker's data
    concerns both halves.
    """
    if args.part == "workers" and args.do == "erase":
        return erasing.erase_worker(app, args.worker)
    return commands.run(app.marketplace, args, out)


def run_keys(keys: Keys, args: argparse.Namespace) -> Any:
    """Run one of `keys …`; raises `RetainerError` if it is refused."""
    if args.do == "make":
        key = keys.make(args.name, Scope(args.scope))
        return {"name": args.name, "scope": args.scope, "key": key, "note": "shown this once"}
    if args.do == "revoke":
        if not keys.revoke(args.name):
            raise RetainerError(f"no key named {args.name!r} is in force")
        return {"name": args.name, "revoked": True}
    return [
        {"name": k.name, "scope": k.scope, "lastUsed": k.last_used_day, "revoked": k.revoked}
        for k in keys.list()
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m chalicelib.cli", description=__doc__)
    rooms = parser.add_subparsers(dest="what", required=True)
    add_keys_to(rooms)
    commands.add_to(rooms)
    return parser


def add_keys_to(rooms: Any) -> argparse.ArgumentParser:
    """Add `keys …` to the operator's commands."""
    keys: argparse.ArgumentParser = rooms.add_parser("keys", help="API keys")
    does = keys.add_subparsers(dest="do", required=True, metavar="COMMAND")
    make = does.add_parser("make", help="Make a key and show it, once")
    make.add_argument("name")
    make.add_argument("--scope", choices=[s.value for s in Scope], default="application")
    does.add_parser("list", help="List keys, without the keys themselves")
    does.add_parser("revoke", help="Revoke a key").add_argument("name")
    return keys


if __name__ == "__main__":
    raise SystemExit(main())
