"""What an hour of traffic costs at AWS's list prices (us-east-1, on demand, without free tiers)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

GATEWAY_CALL = 3.50e-6  # REST API, the first 333 million a month
LAMBDA_CALL = 0.20e-6
LAMBDA_GB_S = 0.0000166667  # x86
LAMBDA_GB = 0.5
READ_UNIT = 0.125e-6
WRITE_UNIT = 0.625e-6
LOG_GB = 0.50
EGRESS_GB = 0.09
# Lambda's own START, END and REPORT lines; a poll logs nothing of its own.
LOG_BYTES_PER_CALL = 400


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
