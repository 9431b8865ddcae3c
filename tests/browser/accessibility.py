"""The axe checker on a page and in its frames, as it looks to different people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Frame, Page

from local.engine import ROOT
from tests.patience import until
from tests.size import FULL

_AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# What must not be there. The milder impacts are advice, and some of it is a matter of taste.
_GRAVE = frozenset({"serious", "critical"})
# Rules of milder impacts are not run, and no selectors worked out that nobody reads.
_RUN = """([runOnly, grave]) => axe.run(document, {
  iframes: false, resultTypes: ['violations'], selectors: false, runOnly,
  rules: Object.fromEntries(axe._audit.rules.filter((rule) => !grave.includes(rule.impact))
    .map((rule) => [rule.id, {enabled: false}])),
})"""
_ALL = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What a window or a colour scheme changes; all else is the same in each.
_OF_A_LOOK = ["color-contrast", "link-in-text-block", "target-size"]


@dataclass(frozen=True, slots=True)
class Look:
    """A window and a colour scheme."""

    width: int
    height: int
    scheme: Any


LOOKS: Mapping[str, Look] = {
    "light": Look(1200, 900, "light"),
    "dark": Look(1200, 900, "dark"),
    "phone": Look(360, 740, "light"),
    "phone, dark": Look(360, 740, "dark"),
}


RULES: Mapping[str, list[str]] = (
    dict.fromkeys(LOOKS, _ALL) if FULL else {"light": _ALL, "phone, dark": _OF_A_LOOK}
)
"""The looks of a run, each with the rules that axe checks in it. A look costs another layout, and
all rules a second or two, so only `make soak` checks all in each. Either way both windows and both
colour schemes are looked at."""


def problems(page: Page) -> list[str]:
    """What axe finds grave in what is shown, and what does not fit in any look; a sentence for each
    place."""
    found = []
    for name, rules in RULES.items():
        look = LOOKS[name]
        page.set_viewport_size({"width": look.width, "height": look.height})
        page.emulate_media(color_scheme=look.scheme, reduced_motion="reduce")
        found += [f"{name}: {one}" for one in _too_wide(page)]
        for frame in settled_frames(page):
            if frame.parent_frame is None or frame.frame_element().is_visible():
                found += [f"{name}: {one}" for one in _violations(frame, rules)]
    return found


def settled_frames(page: Page) -> list[Frame]:
    """The page's frames, once each of them shows what it was sent to."""

    def are_there() -> bool:
        return all(
            frame.url not in {"", "about:blank"} or not frame.frame_element().get_attribute("src")
            for frame in page.frames[1:]
        )

    until(are_there, "what the frames show")
    for frame in page.frames:
        frame.wait_for_load_state()
    return page.frames


def _violations(frame: Frame, rules: list[str]) -> list[str]:
    # Evaluated, not added as an element: a page's own policy has no say in it.
    if not frame.evaluate("() => typeof axe !== 'undefined'"):
        frame.evaluate(_AXE.read_text())
    results = frame.evaluate(_RUN, [rules, [*_GRAVE]])
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: {node['html'][:200]} "
        f"{_measured(node)} in {frame.url.partition('#')[0].partition('?')[0]}"
        for rule in results["violations"]
        if rule["impact"] in _GRAVE
        for node in rule["nodes"]
    ]


def _measured(node: dict[str, Any]) -> str:
    """The colours that a rule on contrast has measured."""
    data = [check.get("data") for check in node["any"]]
    return " ".join(
        f"[{one['fgColor']} on {one['bgColor']}: {one['contrastRatio']}]"
        for one in data
        if isinstance(one, dict) and one.get("contrastRatio")
    )


def _too_wide(page: Page) -> list[str]:
    """A page that has to be moved sideways to be read."""
    width = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    return [f"the page is {width} px too wide"] if width > 0 else []
