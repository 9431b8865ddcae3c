"""Which test files share a process, and which begin first."""

from __future__ import annotations

from pathlib import Path

_ROOT = Path(__file__).resolve().parent

_DEPLOYED = {"test_alarms", "test_chalice_deploy", "test_pages", "test_rollback"}
"""Of tests/deploy: what works on one clone, deployed once."""

_LONG = {
    "test_market_states", "test_sizing_market", "test_market_events_lost", "test_scale",
    "test_payments_market", "test_claim_states", "test_shared_pools", "test_payments",
    "test_marketplace_long_lists",
}  # fmt: skip
"""Of tests/integration: a minute and more."""

_FOLDERS = ["deploy", "browser", "clients"]


def group(path: Path) -> str:
    """The name of what is run by one process, one after another."""
    if path.parent.name == "deploy" and path.stem in _DEPLOYED:
        return "deployed"
    return str(path.relative_to(_ROOT).with_suffix(""))


def rank(path: Path) -> int:
    """The lower, the sooner."""
    folder = path.relative_to(_ROOT).parts[0]
    if folder in _FOLDERS:
        return _FOLDERS.index(folder)
    return len(_FOLDERS) + (path.stem not in _LONG)
