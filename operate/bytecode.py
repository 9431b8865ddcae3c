"""Compiles what cold starts load, for the package: Lambda's file system keeps nothing compiled.

Compiling takes half as long as importing. Bytecode is twice as large as sources are, so it is made
of what every function needs, the modules that importing `app` loads. All keep their sources beside
it: tracebacks show lines of them, and any other Python can do without the bytecode. It is of the
functions' runtime (`operate.runtime`), by an interpreter of that version.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

# Run in the assembled project, whose packages come before those of this environment.
_LIST = """
import json, os, sys
import app, chalice.app
folder = os.getcwd()
vendor = folder + "/vendor/"
found = []
for name, module in sorted(sys.modules.items()):
    source = getattr(module, "__file__", None) or ""
    # Chalice puts its own sources and app.py into the package; what is in vendor/ comes to lie
    # beside them. `shown` is what tracebacks call it: where it lies there, not on this machine.
    if name.partition(".")[0] == "chalice":
        shown = os.path.join("chalice", os.path.basename(source))
        beside = vendor + shown
    elif name == "app":
        shown = "app.py"
        beside = vendor + shown
    elif source.startswith(folder + "/chalicelib/"):
        shown = os.path.relpath(source, folder)
        beside = source
    elif source.startswith(vendor) and source.endswith(".py"):
        shown = os.path.relpath(source, vendor)
        beside = source
    else:
        continue
    found.append([source, beside, shown])
print(json.dumps(found))
"""

# Run by a Python of the runtime's version, which needs nothing else.
_COMPILE = """
import importlib.util, json, py_compile, sys
for source, beside, shown in json.load(sys.stdin):
    py_compile.compile(
        source,
        importlib.util.cache_from_source(beside),
        shown,
        doraise=True,
        # Files' times are lost on the way. A package is never changed, only replaced, so that no
        # start has to read a source to compare it.
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
"""


def compile_loaded(project: Path, interpreter: str | None) -> None:
    """Write bytecode of all that importing `app` loads, or with no interpreter only see that it can
    be imported. Raises `subprocess.CalledProcessError`."""
    for handler in ("app.app", "app.size_pools"):
        found = _run([sys.executable, "-B", "-c", _LIST], project, handler)
        if interpreter is not None:
            # Columns of tracebacks would be a quarter of it.
            _run([interpreter, "-B", "-X", "no_debug_ranges", "-c", _COMPILE], project, "", found)


def _run(command: list[str], project: Path, handler: str, given: str = "") -> str:
    done = subprocess.run(
        command,
        cwd=project,
        check=True,
        input=given,
        capture_output=True,
        text=True,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join([str(project), str(project / "vendor")]),
            "_HANDLER": handler,
            # The same sources give the same bytes.
            "PYTHONHASHSEED": "0",
        },
    )
    return done.stdout
