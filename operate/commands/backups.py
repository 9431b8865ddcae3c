"""`backup` and `restore`: all tables to files and back."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from chalicelib.kit.clock import SystemClock
from operate.answers import Answer
from operate.backup import manifest as manifests
from operate.backup.dump import dump
from operate.backup.load import load
from operate.backup.manifest import Manifest
from operate.commands import command
from operate.target import Refused, Target


def add_to(rooms: Any) -> None:
    backup = command(rooms, "backup", _backup, "Copy all tables into files, and check the copy")
    backup.add_argument("folder", type=Path)
    backup.add_argument("--verify", action="store_true", help="only check what is there")
    backup.add_argument("--overwrite", action="store_true", help="in place of an older backup")
    restore = command(rooms, "restore", _restore, "Fill empty tables from a backup, and compare")
    restore.add_argument("folder", type=Path)
    restore.add_argument(
        "--overwrite", action="store_true", help="delete first what is in the tables"
    )
    restore.add_argument(
        "--other-secrets", action="store_true", help="although the service has other secrets"
    )


def _backup(target: Target, args: argparse.Namespace) -> Answer:
    if args.verify:
        manifest = Manifest.load(args.folder)
        if wrong := manifests.faults(args.folder, manifest):
            raise Refused(f"this backup is not whole: {'; '.join(wrong)}")
        return _answer(manifest, args.folder)
    stage = target.stage.name if target.stage else "local"
    manifest = dump(target.config, stage, args.folder, SystemClock(), _say, args.overwrite)
    return _answer(manifest, args.folder)


def _restore(target: Target, args: argparse.Namespace) -> Answer:
    manifest = load(
        target.config,
        args.folder,
        _say,
        overwrite=args.overwrite,
        other_secrets=args.other_secrets,
    )
    return _answer(manifest, args.folder)


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def _answer(manifest: Manifest, folder: Path) -> Answer:
    tables = {name: table.items for name, table in manifest.tables.items()}
    items = sum(tables.values())
    data = {"folder": str(folder), "stage": manifest.stage, "items": items, "tables": tables}
    return Answer(data, text=f"{folder}: {len(tables)} tables, {items} items, checked")
