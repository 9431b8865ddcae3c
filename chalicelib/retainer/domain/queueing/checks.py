"""What the models refuse: a number out of range would give a plausible wrong answer."""

from __future__ import annotations

import math


def check_load(load: float) -> None:
    if not (math.isfinite(load) and load >= 0):
        raise ValueError(f"a load is a finite number of 0 or more, not {load}")


def check_seats(seats: int) -> None:
    if seats < 0:
        raise ValueError(f"seats are 0 or more, not {seats}")


def check_share(share: float) -> None:
    if not 0 <= share < 1:
        raise ValueError(f"a share is from 0 to below 1, not {share}: no pool serves every call")


def check_rate(name: str, rate: float) -> None:
    if not (math.isfinite(rate) and rate >= 0):
        raise ValueError(f"{name} is a finite rate of 0 or more, not {rate}")
