"""The one folder that holds what a stack keeps: database, secrets, lock. It can be deleted."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

# Room for a page of the database and its journal; below that writes fail halfway.
PROBE_BYTES = 256 * 1024


class StateUnusable(Exception):
    """The folder cannot be written, or another stack uses it."""


@dataclass(frozen=True, slots=True)
class Secrets:
    seat_secret: str = field(repr=False)
    master_key: str = field(repr=False)


class StateFolder:
    """Holds the folder for one stack at a time, until `close`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: IO[str] | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._keep_private()
            self._lock = self._take_lock()
            self.check_room()
        except OSError as error:
            self.close()
            raise _unusable(folder, error) from error
        except StateUnusable:
            self.close()
            raise

    def _keep_private(self) -> None:
        """Shut others out of what earlier versions left open: it may be people's data."""
        if (self.folder / "secrets.json").exists():
            self.folder.chmod(0o700)
            for file in self.folder.iterdir():
                if file.is_file():
                    file.chmod(0o600)

    @property
    def database(self) -> Path:
        return self.folder / "dynamodb.sqlite"

    def secrets(self) -> Secrets:
        """The stack's secrets, made on first use: tokens then outlive a restart."""
        path = self.folder / "secrets.json"
        try:
            if not path.exists():
                made = {
                    "seat_secret": secrets.token_urlsafe(36),
                    "master_key": secrets.token_urlsafe(36),
                }
                draft = path.with_suffix(".new")
                with os.fdopen(
                    os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w"
                ) as f:
                    json.dump(made, f)
                draft.replace(path)
            return Secrets(**json.loads(path.read_text()))
        except OSError as error:
            raise _unusable(self.folder, error) from error
        except (ValueError, TypeError) as error:
            raise StateUnusable(f"{path} is damaged: delete the folder and start anew") from error

    def check_room(self) -> None:
        """Write and remove a small file; raises `StateUnusable` when the disk is full."""
        probe = self.folder / "room.probe"
        try:
            with probe.open("wb") as file:
                file.write(b"\0" * PROBE_BYTES)
                file.flush()
        except OSError as error:
            raise _unusable(self.folder, error) from error
        finally:
            probe.unlink(missing_ok=True)

    def close(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _take_lock(self) -> IO[str]:
        file = (self.folder / "lock").open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            owner = file.read().strip()
            file.close()
            raise StateUnusable(
                f"another stack (process {owner}) uses {self.folder}: stop it, or choose another "
                "folder with --state"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        return file


def _unusable(folder: Path, error: OSError) -> StateUnusable:
    reason = error.strerror or str(error)
    return StateUnusable(f"cannot write to the state folder {folder}: {reason}")
