"""The comparison as a picture: for each day, what a policy cost and what service it gave."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from statistics import mean
from typing import Any

COLOURS = {
    "retainer": "#0b5fb0",
    "cheapest fixed": "#1a7f4b",
    "original daemon": "#b3261e",
    "ten every 3 min": "#9a5b00",
}
WIDTH, ROW, LEFT, TOP, BAR = 860, 118, 130, 64, 20
COLUMN = (WIDTH - LEFT - 20) // 2


def draw(lines: Sequence[Mapping[str, Any]], service: float) -> str:
    """Return an SVG: a row for each scenario, mean over the seeds; left service, right cost."""
    names = list(dict.fromkeys(line["scenario"] for line in lines))
    parts = [_text(LEFT, 24, "A pool over 24 simulated hours", 16, bold=True)]
    parts += [
        _text(LEFT, TOP - 14, "calls fully served at once", 12),
        _text(LEFT + COLUMN + 10, TOP - 14, "dollars an hour (logarithmic)", 12),
    ]
    for i, name in enumerate(names):
        top = TOP + i * ROW
        parts.append(_text(12, top + 48, name, 13, bold=True))
        for j, policy in enumerate(COLOURS):
            mine = [x for x in lines if x["scenario"] == name and x["policy"] == policy]
            if mine:
                parts += _bars(mine, top + j * (BAR + 4), COLOURS[policy])
        x = LEFT + service * (COLUMN - 60)
        parts.append(
            f'<line x1="{x:.0f}" x2="{x:.0f}" y1="{top - 4}" y2="{top + 96}" stroke="#566273" '
            'stroke-dasharray="3 3"/>'
        )
    bottom = TOP + len(names) * ROW + 8
    for j, (policy, colour) in enumerate(COLOURS.items()):
        x = LEFT + j * 175
        parts.append(f'<rect x="{x}" y="{bottom}" width="12" height="12" fill="{colour}"/>')
        parts.append(_text(x + 18, bottom + 11, policy, 12))
    parts.append(_text(LEFT, bottom + 36, f"Dashed: the service asked for, {service:.0%}.", 12))
    height = bottom + 52
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="system-ui, sans-serif" role="img" aria-label="Service and cost by policy">'
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>' + "".join(parts) + "</svg>\n"
    )


def _bars(mine: Sequence[Mapping[str, Any]], y: int, colour: str) -> list[str]:
    share = mean(x["served_at_once"] for x in mine)
    dollars = mean(x["dollars_an_hour"] for x in mine)
    wide = COLUMN - 60
    cost = wide * _log_share(dollars)
    right = LEFT + COLUMN + 10
    return [
        f'<rect x="{LEFT}" y="{y}" width="{share * wide:.1f}" height="{BAR}" fill="{colour}"/>',
        _text(LEFT + wide * share + 6, y + 15, f"{share:.1%}", 12),
        f'<rect x="{right}" y="{y}" width="{cost:.1f}" height="{BAR}" fill="{colour}"/>',
        _text(right + cost + 6, y + 15, f"${dollars:.2f}", 12),
    ]


def _log_share(dollars: float) -> float:
    """A dollar is nothing, a hundred the whole width."""
    return min(1.0, max(0.02, math.log10(max(dollars, 1.0)) / 2))


def _text(x: float, y: float, text: str, size: int, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" fill="#17202b"{weight}>'
        f"{html.escape(text)}</text>"
    )
