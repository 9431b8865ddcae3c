"""The README's application, run as it stands there, against the stack and a simulated crowd."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from local.crowd import Crowd, CrowdOptions
from local.stack import Ports, StackOptions, running_stack

README = Path(__file__).resolve().parent.parent.parent / "README.md"


def test_readmes_application__gets_its_answers() -> None:
    code = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)[0]
    found: dict[str, Any] = {}
    with running_stack(StackOptions(ports=Ports(), speed=30)) as stack:
        crowd = Crowd(stack.api, CrowdOptions(size=4, acknowledge_s=0.1, think_s=0.1, look_s=0.2))
        crowd.start()
        try:
            code = code.replace("http://127.0.0.1:8000/api", stack.api)
            exec(code.replace("http://127.0.0.1:8002", stack.wait), found)
        finally:
            crowd.stop()

    assert len(found["answers"]) == 3
    assert all(found["answers"].values())
