"""Names that stand for workers: keyed hashes under a secret of the deployment.

Workers' ids are few and known; a plain hash of one could be found by trying them all. Without the
secret, neither a pseudonym nor a mark can be made or tried.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

MARK = "~"
"""Begins every mark, and no worker's id."""


class Pseudonyms:
    def __init__(self, secret: str) -> None:
        self._key = hmac.digest(secret.encode(), b"pseudonyms of workers", hashlib.sha256)

    def mark(self, worker: str) -> str:
        """Return what stands for a worker in records that outlive their data."""
        return MARK + self._digest("mark", worker).hex()[:32]

    def of(self, worker: str, study: str) -> str:
        """Return a worker's name in one study: the same at every export, another in each study."""
        text = base64.b32encode(self._digest("study", study, worker)[:10]).decode()
        return f"p-{text.lower()}"

    def _digest(self, *parts: str) -> bytes:
        # A newline stands in no id, so that no two lists of parts are the same text.
        return hmac.digest(self._key, "\n".join(parts).encode(), hashlib.sha256)


def is_mark(worker: str) -> bool:
    return worker.startswith(MARK)
