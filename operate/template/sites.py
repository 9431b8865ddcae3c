"""The two sites: a private bucket and a CloudFront distribution each, with the pages' headers.

Two origins, since a page that is framed may hold a requester's content, and one of the same origin
could read the console's key.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chalicelib import pages
from operate.stages import Stage
from operate.template.addresses import api_origin
from operate.template.place import SITES, Place

# CloudFront's own policy: cached as `Cache-Control` says, compressed.
_CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"

_YEAR_S = 31_536_000
OVERWRITTEN_KEPT_DAYS = 30

_INDEX = (Path(__file__).parent / "index_of_folder.js").read_text()


def sites(stage: Stage, place: Place) -> dict[str, Any]:
    """Bucket, distribution and headers of `wait` and `desk`."""
    resources: dict[str, Any] = {
        "SiteAccess": {
            "Type": "AWS::CloudFront::OriginAccessControl",
            "Properties": {
                "OriginAccessControlConfig": {
                    "Name": place.global_name(stage, "sites"),
                    "OriginAccessControlOriginType": "s3",
                    "SigningBehavior": "always",
                    "SigningProtocol": "sigv4",
                }
            },
        },
        "IndexOfFolder": {
            "Type": "AWS::CloudFront::Function",
            "Properties": {
                "Name": place.global_name(stage, "index"),
                "AutoPublish": True,
                "FunctionCode": _INDEX,
                "FunctionConfig": {
                    "Comment": "A folder's address is its index.html's",
                    "Runtime": "cloudfront-js-2.0",
                },
            },
        },
    }
    for site in SITES:
        resources |= _site(stage, place, site)
    return resources


def _site(stage: Stage, place: Place, site: str) -> dict[str, Any]:
    name = site.capitalize()
    return {
        f"{name}Bucket": _site_bucket(place.site_bucket(stage, site)),
        f"{name}BucketPolicy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {
                "Bucket": {"Ref": f"{name}Bucket"},
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        _read_by_distribution(name),
                        refused_without_tls(f"{name}Bucket"),
                    ],
                },
            },
        },
        f"{name}Headers": {
            "Type": "AWS::CloudFront::ResponseHeadersPolicy",
            "Properties": {"ResponseHeadersPolicyConfig": _headers(stage, place, site)},
        },
        f"{name}Site": {
            "Type": "AWS::CloudFront::Distribution",
            "Properties": {"DistributionConfig": _distribution(stage, name)},
        },
    }


def closed_bucket(name: str) -> dict[str, Any]:
    """A bucket that nobody outside of the account can be let into; it outlives its stack, unless
    its creation failed."""
    return {
        "Type": "AWS::S3::Bucket",
        "DeletionPolicy": "RetainExceptOnCreate",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "BucketName": name,
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        },
    }


def _site_bucket(name: str) -> dict[str, Any]:
    bucket = closed_bucket(name)
    bucket["Properties"] |= {
        "VersioningConfiguration": {"Status": "Enabled"},
        "LifecycleConfiguration": {
            "Rules": [
                {
                    # What a deploy has written over: every version of the pages lies in a folder
                    # of its own besides.
                    "Id": "written-over",
                    "Status": "Enabled",
                    "NoncurrentVersionExpiration": {"NoncurrentDays": OVERWRITTEN_KEPT_DAYS},
                }
            ]
        },
    }
    return bucket


def _read_by_distribution(name: str) -> dict[str, Any]:
    arn = "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${" + name + "Site}"
    return {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": {"Fn::Sub": "${" + name + "Bucket.Arn}/*"},
        "Condition": {"StringEquals": {"AWS:SourceArn": {"Fn::Sub": arn}}},
    }


def refused_without_tls(bucket: str) -> dict[str, Any]:
    """The statement of a bucket's policy; `bucket` is its logical name."""
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [
            {"Fn::GetAtt": [bucket, "Arn"]},
            {"Fn::Sub": "${" + bucket + ".Arn}/*"},
        ],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def _distribution(stage: Stage, name: str) -> dict[str, Any]:
    return {
        "Comment": f"{stage.prefix} {name.lower()}",
        "Enabled": True,
        "HttpVersion": "http2and3",
        "IPV6Enabled": True,
        "PriceClass": "PriceClass_All",
        "Origins": [
            {
                "Id": "bucket",
                "DomainName": {"Fn::GetAtt": [f"{name}Bucket", "RegionalDomainName"]},
                "OriginAccessControlId": {"Fn::GetAtt": ["SiteAccess", "Id"]},
                "S3OriginConfig": {},
            }
        ],
        "DefaultCacheBehavior": {
            "TargetOriginId": "bucket",
            "ViewerProtocolPolicy": "redirect-to-https",
            "AllowedMethods": ["GET", "HEAD"],
            "Compress": True,
            "CachePolicyId": _CACHING_OPTIMIZED,
            "ResponseHeadersPolicyId": {"Ref": f"{name}Headers"},
            "FunctionAssociations": [
                {
                    "EventType": "viewer-request",
                    "FunctionARN": {"Fn::GetAtt": ["IndexOfFolder", "FunctionARN"]},
                }
            ],
        },
    }


def _headers(stage: Stage, place: Place, site: str) -> dict[str, Any]:
    api = "${ApiOrigin}"
    headers = (
        pages.wait_headers(api, [], ["https://${DeskSite.DomainName}", *stage.framed_by])
        if site == "wait"
        else pages.desk_headers(api)
    )
    policy: dict[str, Any] = {
        "ContentSecurityPolicy": {
            "ContentSecurityPolicy": {
                "Fn::Sub": [headers["Content-Security-Policy"], {"ApiOrigin": api_origin()}]
            },
            "Override": True,
        },
        "ReferrerPolicy": {"ReferrerPolicy": headers["Referrer-Policy"], "Override": True},
        "ContentTypeOptions": {"Override": True},
        "StrictTransportSecurity": {"AccessControlMaxAgeSec": _YEAR_S, "Override": True},
    }
    if frame := headers.get("X-Frame-Options"):
        policy["FrameOptions"] = {"FrameOption": frame, "Override": True}
    config: dict[str, Any] = {
        "Name": place.global_name(stage, site),
        "SecurityHeadersConfig": policy,
    }
    if opener := headers.get("Cross-Origin-Opener-Policy"):
        item = {"Header": "Cross-Origin-Opener-Policy", "Value": opener, "Override": True}
        config["CustomHeadersConfig"] = {"Items": [item]}
    if origin := headers.get("Access-Control-Allow-Origin"):
        # Requesters' own pages import the waiting room's modules.
        config["CorsConfig"] = {
            "AccessControlAllowOrigins": {"Items": [origin]},
            "AccessControlAllowMethods": {"Items": ["GET", "HEAD"]},
            "AccessControlAllowHeaders": {"Items": ["*"]},
            "AccessControlAllowCredentials": False,
            "OriginOverride": True,
        }
    return config
