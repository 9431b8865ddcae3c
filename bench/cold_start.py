"""What a cold start of each function takes: import, and what its first call builds.

python -m bench.cold_start [--runs 7]

Packages `prod`, unpacks it beside an SDK of the pinned version, and starts an interpreter without
site packages for each run, as Lambda does: the package's files are as they were packed, and no
bytecode is written. Prints a JSON line for each function: medians in milliseconds of processor
time, and how many modules are loaded. `import_ms` is of the handler's module; `sdk_ms`, a part of
it, is botocore's, PynamoDB's and Chalice's. `first_ms` is what the first call adds before it asks
the database anything: its client, the service with all behind it, and a request's routes.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from operate.package import package
from operate.runtime import own_python
from operate.stages import ROOT, Stage

CALLS = {
    "app": (
        "retainer.dispatch /retainer/gettask/assignment/{assignment_id}",
        "retainer.status /retainer/status",
        "marketplace.listing /market/hits",
    ),
    "size_pools": ("retainer.sizing market",),
    "review": ("retainer.review market",),
    "market_tick": ("marketplace.tick",),
    "market_calls": ("marketplace.calling_run",),
    "mturk": ("marketplace.postings protocol",),
}
"""By function: the service that a call needs, and its route or what else it loads."""

_CODE = """
import json, sys, time
began = time.process_time()
import gc; gc.disable()  # as `app` has it
import botocore.session, pynamodb.models, chalice.app
sdk = time.process_time()
import app
loaded = time.process_time()
modules = len(sys.modules)
from chalicelib import bootstrap
service, more = sys.argv[1:]
if more.startswith("/"):
    app.app.declare(more)
elif more == "market":
    import chalicelib.retainer.market.mturk
elif more == "protocol":
    import chalicelib.marketplace.api.protocol
room, _, part = service.partition(".")
getattr(getattr(bootstrap.get(), room), part)
built = time.process_time()
print(json.dumps({"sdk_ms": sdk - began, "import_ms": loaded - began, "first_ms": built - loaded,
                  "modules": modules, "modules_in_use": len(sys.modules)}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as name:
        task, sdk = _unpacked(Path(name))
        asked = [(function, call) for function, calls in CALLS.items() for call in calls]
        # In turns, so that what else the machine does meets all of them alike.
        rounds = [[_start(task, sdk, *one) for one in asked] for _ in range(runs)]
    for (function, call), told in zip(asked, zip(*rounds, strict=True), strict=True):
        figures = {key: round(statistics.median(t[key] for t in told)) for key in told[0]}
        print(json.dumps({"function": function, "call": call, **figures}))


def _unpacked(folder: Path) -> tuple[Path, Path]:
    out = package(Stage.named("prod"), folder / "out", own_python())
    with zipfile.ZipFile(out / "deployment.zip") as packed:
        packed.extractall(folder / "task")
    pins = (ROOT / "requirements-run.txt").read_text().split()
    pinned = next(line for line in pins if line.startswith("boto3=="))
    # Compiled, as the runtime's own copy is.
    command = [sys.executable, "-m", "pip", "--quiet", "install", "--target"]
    subprocess.run(
        [*command, str(folder / "sdk"), "--disable-pip-version-check", pinned], check=True
    )
    return folder / "task", folder / "sdk"


def _start(task: Path, sdk: Path, function: str, call: str) -> dict[str, float]:
    service, _, more = call.partition(" ")
    done = subprocess.run(
        [sys.executable, "-S", "-B", "-c", _CODE, service, more],
        # The folder that it starts in goes first on its path.
        cwd=task,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{task}{os.pathsep}{sdk}",
            "_HANDLER": f"app.{function}",
            "RETAINER_SEAT_SECRET": "a bench's secret, as long as any",
            "AWS_DEFAULT_REGION": "us-east-1",
            # Nothing is sent while a room is built.
            "DYNAMODB_ENDPOINT": "http://127.0.0.1:1",
        },
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    return {key: value * 1000 if key.endswith("_ms") else value for key, value in told.items()}


if __name__ == "__main__":
    main()
