"""What AWS's own data says of Regions: their partition, global services and opting in.

The data is botocore's and CDK's. It is newer with each upgrade of the two, and has no list of ours.
"""

import re
from functools import cache
from typing import Any

from aws_cdk.region_info import RegionInfo
from botocore.exceptions import NoRegionError
from botocore.loaders import Loader
from botocore.regions import EndpointResolver

GLOBAL_SERVICES = ("cloudfront", "iam", "organizations", "route53")
"""Services with one endpoint for a whole partition: their events are recorded where that is."""

SIGN_IN_REGIONS = {"aws": ("us-east-2", "eu-north-1", "ap-southeast-2")}
"""By partition, where sign-ins of IAM users are recorded besides the Region of the global services.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
"""


def partition_of(region: str) -> str:
    """Return the partition, such as `aws-cn`, of a Region that AWS has or may add; else nothing."""
    return next(
        (p["id"] for p in _data("partitions") if re.fullmatch(p["regionRegex"], region)), ""
    )


@cache
def global_regions(partition: str) -> tuple[str, ...]:
    """Return the Regions in which the global services of a partition record their events."""
    resolver = EndpointResolver(Loader().load_data("endpoints"))
    recorded = {_signing_region(resolver, service, partition) for service in GLOBAL_SERVICES}
    [implicit] = [
        p["outputs"]["implicitGlobalRegion"] for p in _data("partitions") if p["id"] == partition
    ]
    return tuple(sorted(recorded - {""})) or (implicit,)


def sns_principal(*, topic_region: str, queue_region: str) -> str:
    """Return the service that delivers from a topic to a queue, which may be of another Region.

    https://docs.aws.amazon.com/sns/latest/dg/sns-cross-region-delivery.html
    """
    if topic_region == queue_region:
        return "sns.amazonaws.com"
    for region in (queue_region, topic_region):
        if RegionInfo.get(region).is_opt_in_region:
            return f"sns.{region}.amazonaws.com"
    return "sns.amazonaws.com"


@cache
def _data(name: str) -> tuple[dict[str, Any], ...]:
    return tuple(Loader().load_data(name)["partitions"])


def _signing_region(resolver: EndpointResolver, service: str, partition: str) -> str:
    """Return the Region that signs requests to a service's one endpoint; nothing without one."""
    try:
        endpoint = resolver.construct_endpoint(service, partition_name=partition)
    except NoRegionError:
        return ""
    return str((endpoint or {}).get("credentialScope", {}).get("region", ""))
