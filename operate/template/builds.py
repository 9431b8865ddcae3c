"""The bucket of the stage's builds: templates over 51,200 bytes and packages go by way of S3.

It must be in the region of the functions. A stack of its own, small enough to need no bucket.
"""

from __future__ import annotations

from typing import Any

from operate.stages import Stage
from operate.template.place import Place
from operate.template.sites import closed_bucket, refused_without_tls


def builds_template(stage: Stage, place: Place) -> dict[str, Any]:
    """What lies in it stays: to go back to a version, CloudFormation needs that one's package."""
    bucket = closed_bucket(place.builds_bucket(stage))
    bucket["Properties"]["LifecycleConfiguration"] = {
        "Rules": [
            {
                "Id": "uploads-that-were-given-up",
                "Status": "Enabled",
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
            }
        ]
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"Retainer, stage {stage.name}: bucket of templates and packages",
        "Resources": {
            "Builds": bucket,
            "BuildsPolicy": {
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {
                    "Bucket": {"Ref": "Builds"},
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [refused_without_tls("Builds")],
                    },
                },
            },
        },
    }
