"""What a cold start of each function takes: import, and the room that its first call builds.

python -m bench.cold_start [--runs 7]

Packages `prod`, unpacks it beside an SDK of the pinned version, and starts an interpreter without
site packages for each run. Prints a JSON line for each function: medians in milliseconds of
processor time, and how many modules are loaded. `import_ms` is with bytecode of the package's
modules, as a warm disk has it; `compiling_ms` comes on top where there is none, as on Lambda, whose
package brings none. `sdk_ms`, a part of `import_ms`, is botocore's, PynamoDB's and Chalice's.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from operate.package import package
from operate.stages import ROOT, Stage

ROOMS = {
    "app": ("retainer", "marketplace"),
    "size_pools": ("retainer",),
    "review": ("retainer",),
    "market_tick": ("marketplace",),
    "market_calls": ("marketplace",),
    "mturk": ("marketplace",),
}

_CODE = """
import json, os, sys, time
began = time.process_time()
import botocore.session, pynamodb.models, chalice.app
sdk = time.process_time()
import app
loaded = time.process_time()
modules = len(sys.modules)
from chalicelib import bootstrap
getattr(bootstrap.get(), sys.argv[1])
built = time.process_time()
print(json.dumps({"sdk_ms": sdk - began, "import_ms": loaded - began, "room_ms": built - loaded,
                  "modules": modules}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as name:
        task, sdk = _unpacked(Path(name))
        for function, rooms in ROOMS.items():
            for room in rooms:
                bare = [_start(task, sdk, function, room, bytecode=False) for _ in range(runs)]
                _start(task, sdk, function, room, bytecode=True)
                warm = [_start(task, sdk, function, room, bytecode=True) for _ in range(runs)]
                figures = {key: _median(warm, key) for key in warm[0]}
                figures["compiling_ms"] = _median(bare, "import_ms") - figures["import_ms"]
                figures["compiling_room_ms"] = _median(bare, "room_ms") - figures["room_ms"]
                rounded = {key: round(value) for key, value in figures.items()}
                print(json.dumps({"function": function, "room": room, **rounded}), flush=True)


def _unpacked(folder: Path) -> tuple[Path, Path]:
    with zipfile.ZipFile(package(Stage.named("prod"), folder / "out") / "deployment.zip") as packed:
        packed.extractall(folder / "task")
    pins = (ROOT / "requirements-dev.txt").read_text().split()
    pinned = next(line for line in pins if line.startswith("boto3=="))
    # Compiled, as the runtime's own copy is.
    command = [sys.executable, "-m", "pip", "--quiet", "install", "--target"]
    subprocess.run(
        [*command, str(folder / "sdk"), "--disable-pip-version-check", pinned], check=True
    )
    return folder / "task", folder / "sdk"


def _start(task: Path, sdk: Path, function: str, room: str, *, bytecode: bool) -> dict[str, Any]:
    if not bytecode:
        for cache in task.rglob("__pycache__"):
            shutil.rmtree(cache)
    done = subprocess.run(
        [sys.executable, "-S", "-c", _CODE, room],
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
            **({} if bytecode else {"PYTHONDONTWRITEBYTECODE": "1"}),
        },
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    return {key: value * 1000 if key.endswith("_ms") else value for key, value in told.items()}


def _median(runs: list[dict[str, Any]], key: str) -> float:
    return float(statistics.median(run[key] for run in runs))


if __name__ == "__main__":
    main()
