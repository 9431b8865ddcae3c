"""The two sites' distributions, as the template has them, by CloudFront's own API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from operate import aws
from operate.resources.rendered import counted, rendered
from operate.resources.store import Say, bucket_name
from operate.stages import Stage
from operate.template.sites import sites

# CloudFront is one for all regions, and answers there.
_REGION = "us-east-1"


def link_sites(stage: Stage, region: str, api_id: str, say: Say) -> dict[str, str]:
    """Make or bring up to date both sites; return {"wait": its address, "desk": its address}.

    A new distribution takes some minutes until it answers everywhere.
    """
    cloudfront = aws.client("cloudfront", _REGION)
    names = {
        "RestAPI": api_id,
        "AWS::Region": region,
        "AWS::URLSuffix": "amazonaws.com",
        "AWS::Partition": "aws",
        "AWS::AccountId": aws.account(region),
    }
    parts = sites(stage)
    names["SiteAccess.Id"] = _access(cloudfront, parts["SiteAccess"]["Properties"])
    names["IndexOfFolder.FunctionARN"] = _function(cloudfront, parts["IndexOfFolder"]["Properties"])
    # The worker site frames the waiting pages, whose headers name it.
    for site in ("desk", "wait"):
        title = site.capitalize()
        bucket = bucket_name(stage, region, site)
        names[f"{title}Bucket"] = bucket
        names[f"{title}Bucket.Arn"] = f"arn:aws:s3:::{bucket}"
        names[f"{title}Bucket.RegionalDomainName"] = f"{bucket}.s3.{region}.amazonaws.com"
        policy = rendered(parts[f"{title}Headers"]["Properties"], names)
        names[f"{title}Headers"] = _headers(cloudfront, policy["ResponseHeadersPolicyConfig"])
        wanted = rendered(parts[f"{title}Site"]["Properties"]["DistributionConfig"], names)
        made, names[f"{title}Site"], domain = _distribution(cloudfront, wanted)
        names[f"{title}Site.DomainName"] = domain
        _let_read(stage, region, site, rendered(parts[f"{title}BucketPolicy"], names))
        say(f"site https://{domain} ({site}): {'made' if made else 'there'}")
    return {site: f"https://{names[f'{site.capitalize()}Site.DomainName']}" for site in
            ("wait", "desk")}  # fmt: skip


def _access(cloudfront: Any, properties: dict[str, Any]) -> str:
    wanted = properties["OriginAccessControlConfig"]
    found = cloudfront.list_origin_access_controls()["OriginAccessControlList"].get("Items") or []
    for one in found:
        if one["Name"] == wanted["Name"]:
            return str(one["Id"])
    made = cloudfront.create_origin_access_control(OriginAccessControlConfig=wanted)
    return str(made["OriginAccessControl"]["Id"])


def _function(cloudfront: Any, properties: dict[str, Any]) -> str:
    name = properties["Name"]
    try:
        found = cloudfront.describe_function(Name=name, Stage="DEVELOPMENT")
    except ClientError as error:
        if aws.code_of(error) != "NoSuchFunctionExists":
            raise
        found = cloudfront.create_function(
            Name=name,
            FunctionConfig=properties["FunctionConfig"],
            FunctionCode=properties["FunctionCode"].encode(),
        )
        cloudfront.publish_function(Name=name, IfMatch=found["ETag"])
    return str(found["FunctionSummary"]["FunctionMetadata"]["FunctionARN"])


def _headers(cloudfront: Any, wanted: dict[str, Any]) -> str:
    if cors := wanted.get("CorsConfig"):
        lists = {name: counted(v["Items"]) for name, v in cors.items() if isinstance(v, dict)}
        wanted = {**wanted, "CorsConfig": {**cors, **lists}}
    found = cloudfront.list_response_headers_policies(Type="custom")
    for one in found["ResponseHeadersPolicyList"].get("Items") or []:
        there = one["ResponseHeadersPolicy"]
        if there["ResponseHeadersPolicyConfig"]["Name"] == wanted["Name"]:
            identity = str(there["Id"])
            mark = cloudfront.get_response_headers_policy(Id=identity)["ETag"]
            cloudfront.update_response_headers_policy(
                Id=identity, IfMatch=mark, ResponseHeadersPolicyConfig=wanted
            )
            return identity
    made = cloudfront.create_response_headers_policy(ResponseHeadersPolicyConfig=wanted)
    return str(made["ResponseHeadersPolicy"]["Id"])


def find_distribution(comment: str) -> dict[str, Any] | None:
    """The distribution that was made with this comment, which names stage and site."""
    cloudfront = aws.client("cloudfront", _REGION)
    return next((one for one in _all(cloudfront) if one["Comment"] == comment), None)


def _all(cloudfront: Any) -> Iterator[dict[str, Any]]:
    marker: dict[str, str] = {}
    while True:
        page = cloudfront.list_distributions(**marker)["DistributionList"]
        yield from page.get("Items") or []
        if not page.get("IsTruncated"):
            return
        marker = {"Marker": page["NextMarker"]}


def _distribution(cloudfront: Any, wanted: dict[str, Any]) -> tuple[bool, str, str]:
    """Return whether it was made now, its id, and its domain."""
    found = find_distribution(wanted["Comment"])
    if found is not None:
        return False, str(found["Id"]), str(found["DomainName"])
    behaviour = wanted["DefaultCacheBehavior"]
    behaviour["AllowedMethods"] = {
        **counted(behaviour["AllowedMethods"]), "CachedMethods": counted(["GET", "HEAD"]),
    }  # fmt: skip
    behaviour["FunctionAssociations"] = counted(behaviour["FunctionAssociations"])
    for origin in wanted["Origins"]:
        origin["S3OriginConfig"] = {"OriginAccessIdentity": ""}
    config = {
        **{name: value for name, value in wanted.items() if name != "IPV6Enabled"},
        "IsIPV6Enabled": wanted["IPV6Enabled"],
        "Origins": counted(wanted["Origins"]),
        # The same again is the same distribution, not a second one.
        "CallerReference": wanted["Comment"],
    }
    made = cloudfront.create_distribution(DistributionConfig=config)["Distribution"]
    return True, str(made["Id"]), str(made["DomainName"])


def _let_read(stage: Stage, region: str, site: str, policy: dict[str, Any]) -> None:
    aws.client("s3", region).put_bucket_policy(
        Bucket=bucket_name(stage, region, site),
        Policy=json.dumps(policy["Properties"]["PolicyDocument"]),
    )
