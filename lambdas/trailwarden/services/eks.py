"""What requests to EKS name: the cluster, and the principal that gets access to it."""

from urllib.parse import unquote

from trailwarden.cloudtrail.event import Event

_ADMIN_POLICIES = ("/AmazonEKSClusterAdminPolicy", "/AmazonEKSAdminPolicy")
_ADMIN_GROUP = "system:masters"


def cluster_of(event: Event) -> str:
    """Return the cluster's name, which CloudTrail records under one of two keys."""
    return event.request("name", "clusterName")


def principal_of(event: Event) -> str:
    """Return the principal that gets access. Its ARN is URL-encoded where it is part of a path."""
    return unquote(event.request("principalArn"))


def grants_admin(event: Event) -> bool:
    """Say whether the request makes a principal an administrator of the cluster."""
    groups = event.listed("requestParameters.kubernetesGroups")
    return event.request("policyArn").endswith(_ADMIN_POLICIES) or _ADMIN_GROUP in groups
