"""Review policies as requesters give them."""

from __future__ import annotations

from typing import Any

KNOWN = "ScoreMyKnownAnswers/2011-09-01"
PLURALITY = "SimplePlurality/2011-09-01"


def policy(name: str, **parameters: Any) -> dict[str, Any]:
    """A policy; a dictionary as a parameter becomes its map."""
    shown = []
    for key, value in parameters.items():
        if isinstance(value, dict):
            entries = [{"Key": k, "Values": v} for k, v in value.items()]
            shown.append({"Key": key, "MapEntries": entries})
        else:
            values = value if isinstance(value, list) else [str(value)]
            shown.append({"Key": key, "Values": values})
    return {"PolicyName": name, "Parameters": shown}
