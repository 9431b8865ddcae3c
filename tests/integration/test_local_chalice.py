"""`chalice local`, with the stack's variables, serves the same app in place of our gateway."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
from pathlib import Path

from local.engine import ROOT
from local.http_server import free_port, is_answering
from local.stack import StackOptions, running_stack
from tests.patience import PATIENCE_S, until


def test_chalice_local__serves_the_app(tmp_path: Path) -> None:
    port = free_port()
    with running_stack(StackOptions(state=tmp_path / "state", speed=0)):
        # As a person does it: `. .state/stack/service.env; chalice local --stage local`.
        command = '. "$1"/service.env; exec "$2" local --stage local --port "$3" --no-autoreload'
        chalice = Path(sys.executable).parent / "chalice"
        process = subprocess.Popen(
            ["/bin/sh", "-c", command, "sh", str(tmp_path / "state"), str(chalice), str(port)],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until_answering(process, port)
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
            connection.request("GET", "/retainer/protohit/list")
            response = connection.getresponse()
            assert (response.status, response.read()) == (200, b"[]")
            connection.close()
        finally:
            process.terminate()
            process.wait()


def wait_until_answering(process: subprocess.Popen[bytes], port: int) -> None:
    def answers() -> bool:
        assert process.poll() is None, "chalice local stopped"
        return is_answering(port)

    until(answers, "an answer of chalice local")
