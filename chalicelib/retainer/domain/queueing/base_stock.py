"""Model B: base stock. Whoever comes next serves the call that has waited longest.

That is what a pool does: recruits outstanding are an M/G/infinity queue, so their number is Poisson
with mean `load`, and a call waits if it finds at least as many outstanding as there are seats.
Against model A more calls wait, and each for a shorter time.
"""

from __future__ import annotations

from chalicelib.retainer.domain.queueing import batches


def wait_probability(seats: int, load: float) -> float:
    """Return P(Poisson(load) >= seats), the share of calls that find nobody waiting."""
    return batches.Outstanding({1: load}).tail(seats)


def mean_wait(seats: int, load: float, recruitment: float) -> float:
    """Return a call's mean wait over all calls, in the unit of the mean `recruitment` time.

    E[(N - c)+] / rate, with the rate = load / recruitment, by Little's law.
    """
    if load == 0:
        return 0.0
    return batches.Outstanding({1: load}).excess(seats) * recruitment / load


def mean_idle(seats: int, load: float) -> float:
    """Return E[(c - N)+], how many workers wait on average."""
    return batches.Outstanding({1: load}).spare(seats)


def seats_for_share(load: float, share: float) -> int:
    """Return the fewest seats with which at least this share of calls finds a worker waiting."""
    return batches.seats_for_share({1: load}, share)
