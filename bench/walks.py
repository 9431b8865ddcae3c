"""python -m bench.walks: which files five requests pass, on the one-machine stack.

Prints a JSON line for each: how many files of `app.py` and `chalicelib/` it passes, in how many
folders, how often it comes into a folder again (`back`), and how many calls of ours it makes. With
`--files` it prints the files, in the order in which they are first entered. Each request is made
once before, so that imports and what is built once do not count.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

import boto3

from local.http_client import Answer, HttpClient
from local.http_server import Handler, Reply, Request
from local.stack import Ports, Stack, StackOptions, running_stack
from local.waiting_page import Frame
from tests.integration.market import hit_values

ROOT = Path(__file__).resolve().parent.parent
_OURS = (f"{ROOT}/chalicelib/", f"{ROOT}/app.py")


@dataclass
class Walk:
    """What one request passed."""

    files: list[str] = field(default_factory=list)
    calls: int = 0
    # The folders in the order of the calls, also where the request comes back.
    _trail: list[str] = field(default_factory=list)

    def enter(self, file: str) -> None:
        self.calls += 1
        folder = file.rpartition("/")[0]
        if file not in self.files:
            self.files.append(file)
            self._trail.append(folder)

    @property
    def folders(self) -> set[str]:
        return set(self._trail)

    @property
    def back(self) -> int:
        """How many times a file is new to it and lies in a folder that it had left."""
        moves = [self._trail[0], *(b for a, b in pairwise(self._trail) if a != b)]
        return len(moves) - len(self.folders)


class Walker:
    """Stands in front of the stack's handlers and watches the request that it is told to."""

    def __init__(self, stack: Stack) -> None:
        self._awaited: tuple[str, Walk] | None = None
        for name in ("api", "mturk"):
            stack.interpose(name, self._watching)

    def watch(self, path: str, call: Callable[[], Any]) -> Walk:
        """Make a request and return what it passed.

        `path` is a part of its path, or of the operation's name: others come meanwhile, from runs
        of the sizing function that earlier requests have started.
        """
        walk = Walk()
        self._awaited = path, walk
        try:
            call()
        finally:
            self._awaited = None
        return walk

    def _watching(self, handle: Handler) -> Handler:
        def watching(request: Request) -> Reply:
            path, walk = self._awaited or ("", None)
            named = request.path + (request.header("x-amz-target") or "")
            if walk is None or path not in named:
                return handle(request)
            sys.setprofile(_looking(walk))
            try:
                return handle(request)
            finally:
                sys.setprofile(None)

        return watching


def _looking(walk: Walk) -> Callable[[FrameType, str, Any], None]:
    def look(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_name != "<module>" and code.co_filename.startswith(_OURS):
            walk.enter(code.co_filename.removeprefix(f"{ROOT}/"))

    return look


class Visitors:
    """An application, a requester of the marketplace, and some workers."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._http = HttpClient()
        self.requester = boto3.client(
            "mturk",
            region_name="us-east-1",
            endpoint_url=stack.mturk,
            aws_access_key_id=stack.keys.access_key,
            aws_secret_access_key=stack.keys.secret_key,
        )

    def close(self) -> None:
        self._http.close()
        self.requester.close()

    def send(self, path: str, form: dict[str, str]) -> Answer:
        answer = self._http.post_form(f"{self._stack.api}/{path}", form)
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {answer.body.decode()}")
        return answer

    def app(self, path: str, **form: str) -> str:
        return self.send(f"retainer/{path}", form).body.decode()

    def sign_in(self, name: str) -> dict[str, str]:
        answer = self._http.post_json(f"{self._stack.api}/market/session", {"name": name})
        return {"x-worker-session": answer.json()["token"]}

    def group(self, session: dict[str, str], title: str) -> str:
        """The group of HITs of this title, once it is listed."""
        while True:
            listing = self._http.get(f"{self._stack.api}/market/hits", headers=session).json()
            for group in listing["groups"]:
                if group["title"] == title:
                    return str(group["groupId"])
            time.sleep(0.05)

    def accept(self, session: dict[str, str], group: str) -> Page:
        url = f"{self._stack.api}/market/accept"
        answer = self._http.post_json(url, {"groupId": group}, session)
        return Page(self, Frame.from_url(answer.json()["frameUrl"]))


@dataclass
class Page:
    """A worker's waiting page."""

    visitors: Visitors
    frame: Frame
    seat: str = ""

    def wait(self) -> None:
        at = self.frame
        path = f"worker/{at.worker_id}/assignment/{at.assignment_id}/hit/{at.hit_id}/event/waiting"
        state = self.visitors.send(
            f"retainer/ping/{path}", {"acks": "1", "v": "1", "arrival": at.arrival}
        ).json()
        self.seat = state["seat"]

    def poll(self) -> bool:
        """Whether there is work."""
        path = f"retainer/gettask/assignment/{self.frame.assignment_id}"
        return bool(self.visitors.send(path, {"seat": self.seat}).json()["start"])


def walks() -> Iterator[tuple[str, Walk]]:
    """Make each request once, and yield what it passes when it is made again."""
    options = StackOptions(ports=Ports(), speed=0, permissions=False)
    with running_stack(options) as stack, ExitStack() as ended:
        walker, visitors = Walker(stack), Visitors(stack)
        ended.callback(visitors.close)
        proto = {"hit_type_id": "walk", "title": "walk", "reward": 0.05, "max_assignments": 9}
        proto |= {"url": f"{stack.wait}/index.html", "description": "walk"}
        visitors.app("puttask", json=json.dumps(proto))
        asked = {"hitType": "walk", "foreignID": "1", "delay": "0", "numAssignments": "1"}
        made = [visitors.app("reservation/make", **asked) for _ in range(2)]
        stack.run_function("size_pools")
        sessions = [visitors.sign_in(name) for name in ("Ada", "Ben")]
        group = visitors.group(sessions[0], "walk")
        pages = [visitors.accept(sessions[0], group)]
        yield (
            "acceptance",
            walker.watch(
                "market/accept", lambda: pages.append(visitors.accept(sessions[1], group))
            ),
        )
        pages[0].wait()
        yield "first ping", walker.watch("/ping/", pages[1].wait)
        pages[0].poll()
        yield "idle poll", walker.watch("/gettask/", pages[0].poll)
        visitors.app("reservation/invoke", id=made[0])
        pages[0].poll()
        yield (
            "invoke",
            walker.watch("/invoke", lambda: visitors.app("reservation/invoke", id=made[1])),
        )
        yield "claiming poll", walker.watch("/gettask/", pages[1].poll)
        visitors.requester.create_hit(**hit_values())
        yield (
            "CreateHIT",
            walker.watch("CreateHIT", lambda: visitors.requester.create_hit(**hit_values())),
        )


def line_of(name: str, walk: Walk) -> dict[str, Any]:
    return {
        "bench": "walks", "request": name, "files": len(walk.files), "folders": len(walk.folders),
        "back": walk.back, "calls": walk.calls,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--smallest", action="store_true", help="there is one size only")
    parser.add_argument("--files", action="store_true", help="print the files, too")
    options = parser.parse_args()
    for name, walk in walks():
        print(json.dumps(line_of(name, walk)), flush=True)
        if options.files:
            print("\n".join(f"{n}. {file}" for n, file in enumerate(walk.files, 1)), flush=True)


if __name__ == "__main__":
    main()
