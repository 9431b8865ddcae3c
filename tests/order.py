"""Which test files share a process, and in which order they begin."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

_ROOT = Path(__file__).resolve().parent

_DEPLOYED = {
    "test_alarms", "test_chalice_deploy", "test_doctor_log", "test_pages",
    "test_rollback",
}  # fmt: skip
"""Of tests/deploy: what works on one clone, deployed once."""

_LONG = {
    "test_market_states", "test_sizing_market", "test_market_events_lost", "test_scale",
    "test_payments_market", "test_claim_states", "test_shared_pools", "test_payments",
    "test_marketplace_long_lists",
}  # fmt: skip
"""Of tests/integration: half a minute and more."""

_BUSY = ("deploy", "browser", "clients")
"""Folders whose tests keep other processes busy: browsers, commands, whole stacks."""


def group(path: Path) -> str:
    """The name of what is run by one process, one after another."""
    if path.parent.name == "deploy" and path.stem in _DEPLOYED:
        return "deploy/deployed"
    return path.relative_to(_ROOT).with_suffix("").as_posix()


def order(groups: Iterable[str]) -> dict[str, int]:
    """Give each group its place: a busy one before every two others, so that the processes are
    seldom all at busy ones, and what is long early, so that none is left with it at the end."""
    known = list(dict.fromkeys(groups))
    busy = sorted((g for g in known if _folder(g) in _BUSY), key=lambda g: _BUSY.index(_folder(g)))
    others = sorted((g for g in known if _folder(g) not in _BUSY), key=_lateness)
    places = {g: 2 * n for n, g in enumerate(busy)} | {g: n for n, g in enumerate(others)}
    in_turn = sorted(known, key=lambda g: (places[g], g not in busy))
    return {g: n for n, g in enumerate(in_turn)}


class ByGroup(LoadScopeScheduling):
    """Hands groups to whichever process is free, in their order."""

    def _split_scope(self, nodeid: str) -> str:
        return group(_ROOT.parent / nodeid.partition("::")[0])


def _folder(group: str) -> str:
    return group.partition("/")[0]


def _lateness(group: str) -> int:
    return 2 if _folder(group) == "unit" else int(group.rpartition("/")[2] not in _LONG)
