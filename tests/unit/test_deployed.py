"""What a clone has deployed is of one region, which a deploy to another must not change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from operate.deployed import check_region, record_of
from operate.stages import Stage
from operate.target import Refused


def test_clone__deploys_a_stage_to_one_region_only(tmp_path: Path) -> None:
    stage = Stage("dev", tmp_path)
    check_region(stage, "us-west-2")
    record_of(stage).parent.mkdir(parents=True)
    record_of(stage).write_text(
        json.dumps(
            {
                "resources": [
                    {"name": "review_role", "role_arn": "arn:aws:iam::123456789012:role/x"},
                    {"name": "review", "lambda_arn": "arn:aws:lambda:eu-west-1:123456789012:f:x"},
                ]
            }
        )
    )

    check_region(stage, "eu-west-1")
    with pytest.raises(Refused, match="to eu-west-1, not us-west-2"):
        check_region(stage, "us-west-2")
