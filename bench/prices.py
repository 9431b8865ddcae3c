"""What an hour of traffic costs at AWS's list prices (us-east-1, on demand, without free tiers)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from operate.charges import (
    EGRESS_GB,
    GATEWAY_CALL,
    LAMBDA_CALL,
    LAMBDA_GB_S,
    LOG_BYTES_PER_CALL,
    LOG_GB,
    READ_UNIT,
    WRITE_UNIT,
)

LAMBDA_GB = 0.5


@dataclass(frozen=True, slots=True)
class Traffic:
    """What was counted in some seconds."""

    seconds: float
    requests: int
    polls: int
    billed_ms: int
    cpu_ms: float
    read_units: float
    write_units: float
    bytes_out: int

    @classmethod
    def between(
        cls, before: Mapping[str, float], after: Mapping[str, float], seconds: float
    ) -> Traffic:
        grown = {name: after[name] - before[name] for name in after}
        return cls(
            seconds=seconds,
            requests=round(grown["requests"]),
            polls=round(grown["polls"]),
            billed_ms=round(grown["billed_ms"]),
            cpu_ms=grown["cpu_ms"],
            read_units=grown["read_units"],
            write_units=grown["write_units"],
            bytes_out=round(grown["bytes_out"]),
        )

    def dollars_per_hour(self) -> dict[str, float]:
        """By service, and in all."""
        hours = self.seconds / 3600
        spent = {
            "gateway": self.requests * GATEWAY_CALL,
            "lambda": self.requests * LAMBDA_CALL + self.billed_ms / 1000 * LAMBDA_GB * LAMBDA_GB_S,
            "reads": self.read_units * READ_UNIT,
            "writes": self.write_units * WRITE_UNIT,
            "logs": self.requests * LOG_BYTES_PER_CALL / 1e9 * LOG_GB,
            "egress": self.bytes_out / 1e9 * EGRESS_GB,
        }
        spent["total"] = sum(spent.values())
        return {name: dollars / hours for name, dollars in spent.items()}
