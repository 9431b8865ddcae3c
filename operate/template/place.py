"""Where a stage is made: names that are one for an account, or for all the world, carry it."""

from __future__ import annotations

from dataclasses import dataclass

from operate.stages import Stage

SITES = ("wait", "desk")


@dataclass(frozen=True, slots=True)
class Place:
    """An account and a region. CloudFormation takes over a bucket that is there already only by a
    name that is spelled out, so the template is made for one place."""

    account: str
    region: str

    def site_bucket(self, stage: Stage, site: str) -> str:
        """Bucket names are one for all the world."""
        return f"{stage.prefix}-{site}-{self.account}-{self.region}"

    def builds_bucket(self, stage: Stage) -> str:
        """Where templates and packages lie for CloudFormation."""
        return f"{stage.prefix}-builds-{self.account}-{self.region}"

    def global_name(self, stage: Stage, what: str) -> str:
        """Of what has one name in all regions of an account: CloudFront's and dashboards."""
        return f"{stage.prefix}-{self.region}-{what}"
