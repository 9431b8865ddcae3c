"""What `chalice package` leaves out of the code's stack, as a template to merge into its own.

Names, the market's address, errors that pages can read, throttling. Nothing in it keeps anything:
this stack may be rolled back, or deleted and made new, at any time.
"""

from __future__ import annotations

from typing import Any

from operate.stages import Stage
from operate.template.functions import functions
from operate.template.gateway import gateway
from operate.template.guards import ACCESS_FORMAT, log_group
from operate.template.merging import merged


def code_template(stage: Stage) -> dict[str, Any]:
    """Return the template for `chalice package --merge-template`, ready to be written as JSON."""
    return {
        "Description": f"Retainer, stage {stage.name}: functions, schedules and API",
        "Resources": merged(functions(stage), _logged(stage, gateway(stage))),
        "Outputs": {"MarketURL": {"Value": {"Fn::GetAtt": ["MturkUrl", "FunctionUrl"]}}},
    }


def _logged(stage: Stage, api: dict[str, Any]) -> dict[str, Any]:
    if stage.has_access_logs:
        group = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"
        api["RestAPI"]["Properties"]["AccessLogSetting"] = {
            "DestinationArn": {"Fn::Sub": group + log_group(stage)},
            "Format": ACCESS_FORMAT,
        }
    return api
