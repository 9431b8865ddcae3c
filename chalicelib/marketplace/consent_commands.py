"""`market accounts consent …`: the text that a requester's workers agree to, and who has."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from chalicelib.kit.spreadsheets import table
from chalicelib.marketplace.container import Marketplace
from chalicelib.marketplace.domain.errors import MarketplaceError

COLUMNS = ("worker_id", "version", "sha256", "agreed_at")


def add_to(does: Any) -> None:
    consent = does.add_parser("consent", help="What workers agree to before they accept")
    acts = consent.add_subparsers(dest="act", required=True, metavar="COMMAND")
    setting = acts.add_parser("set", help="Put a text in force, as a new version")
    setting.add_argument("account")
    given = setting.add_mutually_exclusive_group(required=True)
    given.add_argument("--file", type=Path, help="a file of plain text in UTF-8")
    given.add_argument("--text")
    for name, told in (
        ("show", "show all versions, and which one is in force"),
        ("remove", "ask for no consent any more; versions and agreements are kept"),
        ("agreed", "who has agreed to which version, and when, as CSV"),
    ):
        acts.add_parser(name, help=told).add_argument("account")


def run(market: Marketplace, args: argparse.Namespace, out: TextIO) -> Any:
    """Run one of them; None where it has written CSV. Raises `MarketplaceError`."""
    if args.act == "agreed":
        _write_agreements(market, args.account, out)
        return None
    return _done(market, args)


def _done(market: Marketplace, args: argparse.Namespace) -> Any:
    if args.act == "set":
        text = args.text if args.file is None else _read(args.file)
        made = market.consents.put_in_force(args.account, text)
        return {"account": args.account, "version": made.version, "sha256": made.digest}
    if args.act == "remove":
        if not market.consents.withdraw(args.account):
            raise MarketplaceError(f"account {args.account!r} has no consent text in force")
        return {"account": args.account, "version": None}
    texts, in_force = market.consents.history(args.account)
    return [
        {
            "version": text.version,
            "inForce": text.version == in_force,
            "since": _time(text.at_ms),
            "sha256": text.digest,
            "text": text.text,
        }
        for text in texts
    ]


def _read(path: Path) -> str:
    try:
        # As the bytes are: the hash on record is that of the file.
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MarketplaceError(f"{path} cannot be read as text: {error}") from None


def _write_agreements(market: Marketplace, account_id: str, out: TextIO) -> None:
    agreements = market.consents.agreements(account_id)
    rows = [(one.worker_id, one.version, one.digest, _time(one.at_ms)) for one in agreements]
    if rows:
        out.write(table(COLUMNS, rows))


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")
