"""Compiles what cold starts load, for the package: Lambda's file system keeps nothing compiled.

Compiling takes half as long as importing. Bytecode is twice as large as sources are, so it is made
of what every function needs, the modules that importing `app` loads. Ours and Chalice's keep their
sources beside it, of which tracebacks show lines; the other packages' are left out for it. It is of
the Python that builds, and Chalice names that version as the functions' runtime.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

# Run in the assembled project, whose packages come before those of this environment.
_COMPILE = """
import importlib.util, json, os, py_compile, sys
import app, chalice.app
folder = os.getcwd()
vendor = folder + "/vendor/"
for name, module in sorted(sys.modules.items()):
    source = getattr(module, "__file__", None) or ""
    # Chalice puts its own sources and app.py into the package; what is in vendor/ comes to lie
    # beside them. `shown` is what tracebacks call it: where it lies there, not on this machine.
    if name.partition(".")[0] == "chalice":
        shown = os.path.join("chalice", os.path.basename(source))
        target = importlib.util.cache_from_source(vendor + shown)
    elif name == "app":
        shown = "app.py"
        target = importlib.util.cache_from_source(vendor + shown)
    elif source.startswith(folder + "/chalicelib/"):
        shown = os.path.relpath(source, folder)
        target = importlib.util.cache_from_source(source)
    elif source.startswith(vendor) and source.endswith(".py"):
        shown = os.path.relpath(source, vendor)
        target = source + "c"
    else:
        continue
    py_compile.compile(
        source,
        target,
        shown,
        doraise=True,
        # Files' times are lost on the way; a source that was changed after all is compiled anew.
        invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH,
    )
    if target == source + "c":
        os.remove(source)
"""


def compile_loaded(project: Path) -> None:
    """Write bytecode of all that importing `app` loads. Raises `subprocess.CalledProcessError`."""
    for handler in ("app.app", "app.size_pools"):
        subprocess.run(
            # Columns of tracebacks would be a quarter of it.
            [sys.executable, "-B", "-X", "no_debug_ranges", "-c", _COMPILE],
            cwd=project,
            check=True,
            stderr=subprocess.PIPE,
            text=True,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": os.pathsep.join([str(project), str(project / "vendor")]),
                "_HANDLER": handler,
                # The same sources give the same bytes.
                "PYTHONHASHSEED": "0",
            },
        )
