"""python -m bench.pages: how soon the waiting page can be used, on a slow phone and here.

The real page in Chromium, from the one-machine stack, with nothing in the browser's cache;
processor and network are slowed down by the browser's own tools. Prints one JSON line for each
profile. Times are milliseconds from the navigation's start: `painted`: the first content;
`interactive`: the page's controls are there and its one thread is free for a click; `connected`:
the pool knows the worker; `complete`: sound, instructions and game are there too.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from chalicelib.retainer.store.postings import DynamoPostings
from examples.poll.retainer_client import Retainer
from local.chromium import ARGUMENTS, find_chromium
from local.stack import Stack, StackOptions, running_stack

RUNS = 9
# One worker who comes again: a HIT has few seats for arrivals that no market has signed.
_IDS = {"assignmentId": "3PAGES", "workerId": "APAGES"}
PHONE: ViewportSize = {"width": 360, "height": 740}
_PROTO = {
    "hit_type_id": "Pages", "title": "Photos", "description": "Wait, then choose.", "reward": 0.05,
    "wait_pay": 0.02, "keywords": "", "frame_height": 640, "assignment_duration": 900,
    "lifetime": 3600, "max_assignments": 9, "verifiedOnly": False, "auto_approval_delay": 3600,
    "page": {"instructions": "Choose the **sharper** one.", "accent": "#7a1fa2", "pastime": "game"},
}  # fmt: skip
# A task of its own after the controls: it runs once nothing else keeps the thread busy.
_WATCH = """
const wanted = {
  interactive: '.rt-footer .rt-leave', connected: '[data-link=online]',
  complete: 'main:has(.rt-board):has(.rt-sound)',
};
for (const [name, selector] of Object.entries(wanted)) {
  const watching = new MutationObserver(() => {
    if (!document.querySelector(selector)) return;
    watching.disconnect();
    setTimeout(() => performance.mark(name));
  });
  watching.observe(document, { subtree: true, childList: true, attributes: true });
}
"""
_READ = """() => {
  const at = (name) => performance.getEntriesByName(name)[0].startTime;
  const files = performance.getEntriesByType('resource');
  return {
    painted: at('first-contentful-paint'), interactive: at('interactive'),
    connected: at('connected'), complete: at('complete'),
    requests: files.length + 1,
    kilobytes: files.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0) / 1024,
  };
}"""


@dataclass(frozen=True, slots=True)
class Profile:
    """A processor slowed down so many times; ms until a network's first byte, bits a second."""

    name: str
    slowdown: int
    latency_ms: int = 0
    down: int = -1
    up: int = -1
    aim_ms: int | None = None


# Lighthouse's slow 4G, with a mid-range phone of some years ago, and with a poor one.
PROFILES = (
    Profile("phone", 4, 150, 1_638_400, 750_000, aim_ms=1000),
    Profile("poor phone", 6, 150, 1_638_400, 750_000),
    Profile("this machine", 1),
)


def open_once(browser: Browser, profile: Profile, url: str) -> dict[str, float]:
    """Open the page as somebody who has never seen it."""
    context = browser.new_context(viewport=PHONE)
    try:
        page = context.new_page()
        page.add_init_script(_WATCH)
        tools = context.new_cdp_session(page)
        tools.send("Emulation.setCPUThrottlingRate", {"rate": profile.slowdown})
        tools.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False, "latency": profile.latency_ms,
                "downloadThroughput": profile.down / 8 if profile.down > 0 else -1,
                "uploadThroughput": profile.up / 8 if profile.up > 0 else -1,
            },
        )  # fmt: skip
        page.goto(url)
        page.wait_for_function(
            "() => ['connected', 'complete'].every((n) => performance.getEntriesByName(n).length)"
        )
        found: dict[str, float] = page.evaluate(_READ)
        return found
    finally:
        context.close()


def measure(
    browser: Browser, profile: Profile, stack: Stack, hit: str, runs: int
) -> dict[str, Any]:
    url = f"{stack.wait}/index.html?{urlencode({**_IDS, 'hitId': hit})}"
    # The first opens cold files of this machine's, too.
    found = [open_once(browser, profile, url) for _ in range(runs + 1)][1:]
    line: dict[str, Any] = {"profile": profile.name, "slowdown": profile.slowdown, "runs": runs}
    for name in ("painted", "interactive", "connected", "complete"):
        times = sorted(round(one[name]) for one in found)
        line[name] = {"median": round(statistics.median(times)), "worst": times[-1]}
    line |= {"requests": found[-1]["requests"], "kilobytes": round(found[-1]["kilobytes"], 1)}
    if profile.aim_ms is not None:
        line |= {"aim": profile.aim_ms, "met": line["interactive"]["median"] <= profile.aim_ms}
    return line


def posted(stack: Stack) -> str:
    """Return a HIT whose seats this bench may take without a market's signature."""
    retainer = Retainer(stack.api)
    retainer.puttask(**_PROTO, url=f"{stack.wait}/index.html")
    retainer.make("Pages", 9)
    while True:
        stack.run_function("size_pools")
        for posting in DynamoPostings().live("Pages"):
            if posting.hit is not None:
                return posting.hit


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--smallest", action="store_true", help="one run of each")
    given = parser.parse_args()
    lines = []
    with (
        running_stack(StackOptions(speed=0, permissions=False)) as stack,
        sync_playwright() as running,
    ):
        browser = running.chromium.launch(
            executable_path=find_chromium(whole=True), args=[*ARGUMENTS]
        )
        hit = posted(stack)
        for profile in PROFILES:
            lines.append(measure(browser, profile, stack, hit, 1 if given.smallest else given.runs))
            print(json.dumps(lines[-1]), flush=True)
        browser.close()
    return 0 if all(line.get("met", True) for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
