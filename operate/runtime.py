"""The functions' runtime, pinned in this one place: the Python that packages are built for.

Chalice names the runtime after the Python that happens to run it. What is deployed then changes
with the operator's machine, and going back to a version that another Python has built would deploy
bytecode that the runtime cannot load.
"""

from __future__ import annotations

import shutil
import subprocess
import sys

PYTHON = "3.13"
"""AWS supports it until June 2029. A change of it is a release of its own, tried first."""


def own_python() -> str:
    """The version that runs this."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def runtime_of(python: str) -> str:
    """What Lambda calls it."""
    return f"python{python}"


def interpreter_of(python: str) -> str | None:
    """A Python of this version, to compile with; this machine may have none."""
    if python == own_python():
        return sys.executable
    found = shutil.which(f"python{python}")
    # A version manager may have a command of that name for a version that is not in use.
    return found if found and _version(found) == python else None


def _version(interpreter: str) -> str | None:
    ask = "import sys; print('%s.%s' % sys.version_info[:2])"
    done = subprocess.run([interpreter, "-c", ask], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None
