"""A terminal into which a page's blocks are pasted: what one exports the next one has."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.integration import doc_page
from tests.integration.doc_page import Part
from tests.patience import PATIENCE_S

ROOT = Path(__file__).resolve().parent.parent.parent
# Kept out of a new terminal: this process's own.
_OURS = ("AWS_", "RETAINER_", "MARKETPLACE_", "DYNAMODB_", "PYTHON")


@dataclass
class Terminal:
    """`folder` is where it stands; its home is another one."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    said: str = ""

    @classmethod
    def new(cls, folder: Path) -> Terminal:
        home = folder / "home"
        work = folder / "work"
        home.mkdir()
        work.mkdir()
        for name in ("chalicelib", "node_modules", "local", "operate", "retainer"):
            (work / name).symlink_to(ROOT / name)
        env = {k: v for k, v in os.environ.items() if not k.startswith(_OURS)}
        env |= {
            "HOME": str(home),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}",
            "PWD": str(work),
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        return cls(work, env)

    def paste(self, part: Part, name: str) -> None:
        """Run a block; what it printed is `said`."""
        if part.kind == "python":
            self.python(part, name)
        elif part.kind == "sh":
            self._shell(part.text)
        else:
            assert part.kind == "js", part.kind
            node = shutil.which("node")
            assert node
            self.said = self.run([node, "--input-type=module"], part.text)

    def python(self, part: Part, name: str) -> None:
        runner = [sys.executable, str(Path(doc_page.__file__)), name, str(part.line)]
        self.said = self.run(runner, part.text)

    def _shell(self, text: str) -> None:
        after = self.folder / ".env"
        note = "import json, os; json.dump(dict(os.environ), open('.env', 'w'))"
        self.said = self.run(["sh", "-e"], f'{text}\npython -c "{note}"\n')
        self.env = json.loads(after.read_text())

    def program(self, *words: str, **env: str | None) -> Any:
        """Run a Python program that prints JSON; None takes a variable away."""
        changed = {**self.env, **env}
        kept = {name: value for name, value in changed.items() if value is not None}
        return json.loads(self.run([sys.executable, *words], "", kept))

    def run(self, command: list[str], text: str, env: dict[str, str] | None = None) -> str:
        done = subprocess.run(
            command,
            input=text,
            env=env or self.env,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
        return done.stdout
