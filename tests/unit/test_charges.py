"""What a pool costs: against what was measured, and as docs/costs.md says it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from operate.charges import of_pool
from operate.command_line import main

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize(
    ("workers", "ready_for", "measured"),
    # docs/performance.md, "From `invoke` to the called pages".
    [(10, 1, 0.082), (10, 5, 0.22), (100, 1, 0.103), (100, 5, 0.30), (100, 20, 0.85),
     (1000, 1, 0.83), (1000, 5, 0.82)],
)  # fmt: skip
def test_charges__are_those_that_were_measured(
    workers: int, ready_for: int, measured: float
) -> None:
    assert of_pool(workers, ready_for).total == pytest.approx(measured, rel=0.06)


def test_a_poll__costs_what_its_parts_do() -> None:
    charges = of_pool(1, every_ms=1_000)

    assert charges.polls == 3_600
    assert charges.gateway == pytest.approx(0.0126)
    assert charges.writes == pytest.approx(240 * 0.625e-6)
    assert of_pool(0).total == 0


def test_estimate__says_charges_pay_and_what_each_lever_does(
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = ["costs", "estimate", "--workers", "50", "--reward", "0.05", "--wait", "10"]
    assert main([*asked, "--fee", "20", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    levers = {lever["change"]: lever for lever in told["levers"]}

    assert told["pay"] == pytest.approx(50 * 0.05 * 6 * 1.2)
    assert told["charges"]["total"] == pytest.approx(of_pool(50, 1).total)
    # At the service's own pace one of fifty asks within half a second.
    assert levers["as given"]["answeredSeconds"] == pytest.approx(0.475, abs=0.01)
    slow, own, quick = levers["polling every 20 s"], levers["as given"], levers["polling every 1 s"]
    assert slow["charges"] < own["charges"] < quick["charges"]
    assert slow["answeredSeconds"] > own["answeredSeconds"] > quick["answeredSeconds"]
    assert levers["readyFor 0"]["answeredSeconds"] is None
    assert levers["49 waiting"]["pay"] == pytest.approx(told["pay"] * 49 / 50)

    assert main([*asked, "--poll", "5"]) == 0
    assert "as given             0.1567      15.00   in 0.29 s" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", [["--workers", "0"], ["--workers", "9", "--poll", "nan"]])
def test_estimate__of_what_cannot_be__is_refused(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["costs", "estimate", *wrong])

    assert refused.value.code == 2


def test_costs_page__says_what_is_reckoned() -> None:
    page = (ROOT / "docs/costs.md").read_text()

    for line in rows():
        assert line in page


def rows() -> list[str]:
    found = []
    for workers in (10, 100, 1_000):
        cells = [f"{of_pool(workers, n).total:.2f}" for n in (0, 1, 5, 20)]
        found.append(f"| {workers:,} | {' | '.join(cells)} | {workers * 12:,} |")
    levers = {
        "polling every 2 s": of_pool(100, every_ms=2_000),
        "polling every 5 s": of_pool(100, every_ms=5_000),
        "2 KB of log a poll in place of 0.4": of_pool(100, 5, log_bytes=2_000),
    }
    return found + [f"| {name} | {charges.total:.2f} |" for name, charges in levers.items()]
