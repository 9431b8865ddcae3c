"""The process that runs a package's function, as Lambda's runtime does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

RUNTIME = Path(__file__).resolve().parent.parent.parent / "local" / "lambda_runtime.py"
CONTEXT = {"function_name": "f", "invoked_function_arn": "arn", "aws_request_id": "1",
           "memory_limit_in_mb": 128, "remaining_ms": 1_000}  # fmt: skip


def test_what_goes_wrong__is_in_the_log__and_the_caller_is_told_no_more_than_what(
    tmp_path: Path,
) -> None:
    (tmp_path / "app.py").write_text(
        "def works(event, context): return [event, context.aws_request_id]\n"
        "def fails(event, context): raise KeyError('which')\n"
    )
    asked = [
        {"handler": f"app.{name}", "event": 1, "context": CONTEXT} for name in ("fails", "works")
    ]
    done = subprocess.run(
        [sys.executable, "-S", "-B", str(RUNTIME)],
        input="".join(json.dumps(one) + "\n" for one in asked),
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    failed, worked = map(json.loads, done.stdout.splitlines())
    assert failed == {"error": "KeyError: 'which'"}
    assert worked == {"answer": [1, "1"]}
    assert "[ERROR] KeyError: 'which'" in done.stderr
    assert "in fails" in done.stderr
