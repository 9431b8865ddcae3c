"""Runs in a process of its own, on a package's files: what Lambda's runtime does for a function.

Started as a script by `local.processes`, by an interpreter without site packages; nothing but the
package and the SDK is on its path. A line in is {"function", "event", "context"}, a line out
{"answer"} or {"error"}. As on Lambda, what went wrong is in the log with its traceback; of that,
which Lambda would tell whoever invoked the function, the caller here is given none.
"""

from __future__ import annotations

import importlib
import json
import sys
import traceback
from typing import Any


class Context:
    """Lambda's context object, as far as handlers use it."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.function_name = given["function_name"]
        self.invoked_function_arn = given["invoked_function_arn"]
        self.aws_request_id = given["aws_request_id"]
        self.memory_limit_in_mb = given["memory_limit_in_mb"]
        self.function_version = "$LATEST"
        self._remaining_ms = given["remaining_ms"]

    def get_remaining_time_in_millis(self) -> int:
        return int(self._remaining_ms)


def serve() -> None:
    """Answer until standard input ends."""
    # What handlers print is the log; the answers have the line to themselves.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        asked = json.loads(line)
        module, _, name = asked["handler"].rpartition(".")
        try:
            handler = getattr(importlib.import_module(module), name)
            answer = {"answer": handler(asked["event"], Context(asked["context"]))}
            text = json.dumps(answer)
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
            print(f"[ERROR] {what}\n{traceback.format_exc()}", file=sys.stderr, flush=True)
            text = json.dumps({"error": what})
        answers.write(text + "\n")
        answers.flush()


if __name__ == "__main__":
    # The script's own folder would let the source tree in.
    sys.path.pop(0)
    serve()
