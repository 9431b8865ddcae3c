"""A pool's history: short text, with what is needed of the last hour."""

from __future__ import annotations

from chalicelib.retainer.domain.history import KEPT, Sample, samples, with_sample

MINUTE_MS = 60_000


def after(minutes: float, waiting: int = 12) -> Sample:
    return Sample(1_760_000_000_000 + round(minutes * MINUTE_MS), waiting, 14, 15, 3, 5, 120)


def kept(*added: Sample) -> list[Sample]:
    history = ""
    for sample in added:
        history = with_sample(history, sample)
    return samples(history)


def test_history__gives_back_what_was_added__oldest_first() -> None:
    assert samples("") == []
    assert kept(after(0), after(1), after(3)) == [after(0), after(1), after(3)]


def test_runs_close_together__are_one_sample__the_latest() -> None:
    burst = [after(2 + n / 12, waiting=n) for n in range(6)]

    assert kept(after(0), after(1), *burst) == [after(0), after(1), burst[0], burst[-1]]


def test_history__covers_an_hour_whatever_the_runs__in_less_than_two_units() -> None:
    often = [after(n / 12, waiting=1000) for n in range(12 * 120)]
    seldom = [after(n, waiting=1000) for n in range(120)]

    for added in (often, seldom):
        history = ""
        for sample in added:
            history = with_sample(history, sample)
        found = samples(history)
        assert len(found) <= KEPT
        assert found[-1].at_ms - found[0].at_ms >= 60 * MINUTE_MS
        assert len(history) < 2_500


def test_what_is_long_past__is_dropped() -> None:
    assert kept(after(0), after(1), after(200)) == [after(200)]
