"""The account's own caps; each ProtoHIT has others."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caps:
    max_hits_out: int
    max_spend_hour_cents: int
    max_spend_day_cents: int
