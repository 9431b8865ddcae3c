"""What several seeds come to: for each day and policy, the median and the range of each figure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

FIGURES = (
    "served_at_once",
    "wait_p95_s",
    "dollars_an_hour",
    "hits_an_hour",
    "in_vain",
    "cost_ratio",
    "daemon_ratio",
    "seats",
    "seats_mean",
    "saved",
)

Line = Mapping[str, Any]


def summarise(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """Give a line for each day and policy: each figure as [lowest, median, highest]."""
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        groups.setdefault((line["scenario"], line["policy"]), []).append(line)
    return [
        {"scenario": scenario, "policy": policy, "seeds": len(mine), "asked": mine[0].get("asked")}
        | {name: _spread([x[name] for x in mine]) for name in FIGURES if name in mine[0]}
        for (scenario, policy), mine in groups.items()
    ]


def _spread(values: Sequence[float]) -> list[float]:
    return [min(values), round(median(values), 4), max(values)]


def table(found: Iterable[Mapping[str, Any]]) -> str:
    """Give the summary as the documentation has it."""
    rows = [
        "| day (seeds) | policy | served at once | wait p95, s | $/h | against the cheapest fixed "
        "| HITs/h | in vain |",
        "| --- | --- | --- | ---: | --- | --- | ---: | ---: |",
    ]
    for x in found:
        policy = x["policy"] + (f" ({_whole(x['seats'])} seats)" if "seats" in x else "")
        rows.append(
            f"| {x['scenario']} ({x['seeds']}) | {policy} | {_of(x, 'served_at_once', '{:.1%}')} "
            f"| {x['wait_p95_s'][1]:g} | {_of(x, 'dollars_an_hour', '{:.2f}')} "
            f"| {_of(x, 'cost_ratio', '{:.2f}')} | {x['hits_an_hour'][1]:.0f} "
            f"| {x['in_vain'][1]:.0%} |"
        )
    return "\n".join(rows)


def _of(line: Mapping[str, Any], name: str, form: str) -> str:
    if name not in line:
        return ""
    low, middle, high = (form.format(x) for x in line[name])
    return middle if low == high else f"{middle} ({low}-{high})"


def _whole(spread: Sequence[float]) -> str:
    low, high = round(spread[0]), round(spread[2])
    return str(low) if low == high else f"{low}-{high}"
