"""Shared pools: which work a worker may be sent to who took the HIT of another ProtoHIT.

The market has checked what their HIT demanded, and they were promised what it said. So they may do
any work of the pool that demands no more and pays no better.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

MARK = "~"
"""Begins the id of a named pool, and never that of a ProtoHIT, which names its own pool."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a HIT demanded of whoever took it, and what it gives them.

    Money in cents, `_micro` in millionths of a dollar; `to_finish` is how many seconds are left for
    the work after the longest wait, `excludes` stands for the ProtoHITs whose people are kept out.
    """

    market: str
    locale: str
    rating: int
    verified_only: bool
    reward_cents: int
    rate_micro: int
    most_micro: int
    quick_cents: int
    quick_within: int
    to_finish: int
    excludes: tuple[str, ...] = ()

    def covers(self, wanted: Conditions, verified: bool | None = None) -> bool:
        """Whether workers of a HIT with these conditions may do work with the `wanted` ones.

        `verified`: whether the market signed the worker's arrival; not given, it counts whether it
        had to. No amount may be lower than what the work pays those who came for it.
        """
        is_signed = self.verified_only if verified is None else verified
        return (
            self.market == wanted.market
            and wanted.locale in {"", self.locale}
            and self.rating >= wanted.rating
            and (is_signed or not wanted.verified_only)
            and self.reward_cents >= wanted.reward_cents
            and self.rate_micro >= wanted.rate_micro
            and self.most_micro >= wanted.most_micro
            and self.quick_cents >= wanted.quick_cents
            and (not wanted.quick_cents or self.quick_within >= wanted.quick_within)
            and self.to_finish >= wanted.to_finish
            and set(wanted.excludes) <= set(self.excludes)
        )

    def to_text(self) -> str:
        """A few bytes for an item that is billed by its size."""
        values = [getattr(self, f.name) for f in fields(self) if f.name != "excludes"]
        if self.excludes:
            values.append(",".join(self.excludes))
        return "/".join(str(int(v)) if isinstance(v, bool) else str(v) for v in values)

    @classmethod
    def of_text(cls, text: str | None) -> Conditions | None:
        if not text:
            return None
        market, locale, rating, verified, *rest = text.split("/")
        reward, rate, most, quick, within, finish, *excludes = rest
        return cls(
            market, locale, int(rating), verified == "1", int(reward), int(rate), int(most),
            int(quick), int(within), int(finish), tuple(excludes[0].split(",")) if excludes else (),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sharing:
    """Of a reservation: the pool that serves it, and what its work demands."""

    pool: str
    wanted: Conditions


def at_least(members: Mapping[str, Conditions]) -> dict[str, set[str]]:
    """Return, for each member, those whose workers may do its work, itself included."""
    return {
        name: {other for other, theirs in members.items() if other == name or theirs.covers(wanted)}
        for name, wanted in members.items()
    }


def strongest_first(serves: Mapping[str, set[str]]) -> list[list[str]]:
    """Give the members in groups that may do each other's work, those that demand most first."""
    groups: list[list[str]] = []
    # Whoever demands more is served by fewer; equals are served by the same.
    for name in sorted(serves, key=lambda n: (len(serves[n]), n)):
        for group in groups:
            if serves[group[0]] == serves[name]:
                group.append(name)
                break
        else:
            groups.append([name])
    return groups


def in_proportion(total: int, needs: Sequence[float], room: Sequence[int]) -> list[int]:
    """Divide `total` in proportion to `needs`, nobody getting more than `room`; the first of those
    with room takes what rounding leaves, and what others have no room for."""
    given = [0] * len(needs)
    whole = sum(needs)
    for i, need in enumerate(needs):
        share = int(total * need / whole) if whole else 0
        given[i] = min(share, max(0, room[i]))
    for i in sorted(range(len(needs)), key=lambda i: -needs[i]):
        given[i] += min(total - sum(given), max(0, room[i] - given[i]))
    return given
