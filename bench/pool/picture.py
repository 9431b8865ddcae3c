"""The comparison as a picture: for each day, what service a policy gave and what it cost."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

COLOURS = {
    "retainer": "#0b5fb0",
    "cheapest fixed": "#1a7f4b",
    "original daemon": "#b3261e",
    "ten every 3 min": "#9a5b00",
}
WIDTH, LEFT, TOP, BAR, GAP = 920, 150, 84, 18, 4
COLUMN = (WIDTH - LEFT - 20) // 2
ROOM = 76
"""Pixels of a column that are left for the figure behind the longest bar."""

TICKS = ((0.0, "0"), (0.25, "25 %"), (0.5, "50 %"), (0.75, "75 %"), (1.0, "100 %"))
DOLLARS = (1, 3, 10, 30, 100)
MOST_DOLLARS = 150.0

Line = Mapping[str, Any]


def draw(lines: Sequence[Line]) -> str:
    """Return an SVG: a row for each day, left service, right cost; a bar is the median over the
    seeds, and a whisker spans them all."""
    names = list(dict.fromkeys(line["scenario"] for line in lines))
    policies = [p for p in COLOURS if any(x["policy"] == p for x in lines)]
    row = len(policies) * (BAR + GAP) + 18
    right = LEFT + COLUMN + 10
    bottom = TOP + len(names) * row
    parts = [
        _text(12, 26, "A pool over 24 simulated hours", 17, bold=True),
        _text(LEFT, 52, "calls fully served at once", 13, bold=True),
        _text(right, 52, "dollars an hour (logarithmic)", 13, bold=True),
    ]
    for share, label in TICKS:
        parts.append(_tick(LEFT + share * (COLUMN - ROOM), label, bottom))
    for dollars in DOLLARS:
        parts.append(_tick(right + _log_share(dollars) * (COLUMN - ROOM), f"${dollars}", bottom))
    for i, name in enumerate(names):
        top = TOP + i * row
        there = [x for x in lines if x["scenario"] == name]
        parts.append(_text(12, top + 16, name, 13, bold=True))
        parts.append(_text(12, top + 34, _seeds(there), 11, colour="#566273"))
        for j, policy in enumerate(policies):
            mine = [x for x in there if x["policy"] == policy]
            if mine:
                parts += _bars(mine, top + j * (BAR + GAP), COLOURS[policy], right)
        x = LEFT + there[0]["asked"] * (COLUMN - ROOM)
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top - 4}" y2="{top + row - 16}" '
            'stroke="#17202b" stroke-width="1.5" stroke-dasharray="4 3"/>'
        )
    for j, policy in enumerate(policies):
        x = LEFT + j * 180
        parts.append(
            f'<rect x="{x}" y="{bottom + 8}" width="12" height="12" fill="{COLOURS[policy]}"/>'
        )
        parts.append(_text(x + 18, bottom + 19, policy, 13))
    told = "Dashed: the service asked for. Bars are medians over the seeds, whiskers their range."
    parts.append(_text(LEFT, bottom + 44, told, 12, colour="#566273"))
    height = bottom + 60
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="system-ui, sans-serif" role="img" aria-label="Service and cost by policy">'
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>' + "".join(parts) + "</svg>\n"
    )


def _seeds(lines: Sequence[Line]) -> str:
    seeds = len({x["seed"] for x in lines})
    return "one seed" if seeds == 1 else f"{seeds} seeds"


def _bars(mine: Sequence[Line], y: int, colour: str, right: int) -> list[str]:
    wide = COLUMN - ROOM
    shares = [x["served_at_once"] for x in mine]
    dollars = [x["dollars_an_hour"] for x in mine]
    served = [s * wide for s in shares]
    costs = [_log_share(d) * wide for d in dollars]
    return [
        *_bar(LEFT, y, served, colour),
        # In a column of their own: behind the bars the dashed line would run through them.
        _text(LEFT + wide + 10, y + 14, f"{median(shares):.1%}", 12),
        *_bar(right, y, costs, colour),
        _text(right + max(costs) + 7, y + 14, f"${median(dollars):.2f}", 12),
    ]


def _bar(x: int, y: int, lengths: Sequence[float], colour: str) -> list[str]:
    low, high, middle = min(lengths), max(lengths), y + BAR / 2
    drawn = [
        f'<rect x="{x}" y="{y}" width="{median(lengths):.1f}" height="{BAR}" fill="{colour}"/>'
    ]
    if high - low > 1:
        drawn.append(
            f'<path d="M{x + low:.1f} {middle}H{x + high:.1f}M{x + low:.1f} {middle - 4}v8'
            f'M{x + high:.1f} {middle - 4}v8" stroke="#17202b" fill="none"/>'
        )
    return drawn


def _tick(x: float, label: str, bottom: int) -> str:
    line = f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 8}" y2="{bottom - 8}" stroke="#dfe4ea"/>'
    return line + _text(x, TOP - 13, label, 11, colour="#566273", anchor="middle")


def _log_share(dollars: float) -> float:
    """A dollar is nothing, the most dollars the whole width."""
    return min(1.0, max(0.01, math.log(max(dollars, 1.0)) / math.log(MOST_DOLLARS)))


def _text(
    x: float, y: float, text: str, size: int,
    bold: bool = False, colour: str = "#17202b", anchor: str = "start",
) -> str:  # fmt: skip
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" '
        f'text-anchor="{anchor}"{weight}>{html.escape(text)}</text>'
    )
