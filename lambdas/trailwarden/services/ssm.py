"""What requests to Systems Manager name: instances, documents, buckets and parameters."""

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import dig, listed, text_of

_UPKEEP = frozenset(
    {
        "AWS-GatherSoftwareInventory",
        "AWS-PatchInstanceWithRollback",
        "AWS-RefreshAssociation",
        "AWS-RunPatchBaseline",
        "AWS-RunPatchBaselineAssociation",
        "AWS-UpdateSSMAgent",
        "AmazonCloudWatch-ManageAgent",
    }
)
_UPKEEP_OF_INSPECTOR = "AmazonInspector2-"


def is_upkeep(document: str) -> bool:
    """Say whether AWS wrote a document, and it runs nothing of the caller's choice.

    Only AWS can give a document such a name. Another account's document comes as an ARN.
    """
    return document in _UPKEEP or document.startswith(_UPKEEP_OF_INSPECTOR)


def instances_named(event: Event) -> list[str]:
    """Return the instances that a request names, in either of the two ways, each once."""
    by_target = (
        listed(dig(target, "values"))
        for target in event.listed("requestParameters.targets")
        if text_of(dig(target, "key")).lower() == "instanceids"
    )
    named = [*event.listed("requestParameters.instanceIds"), *(i for ids in by_target for i in ids)]
    return list(dict.fromkeys(filter(None, map(text_of, named))))


def reaches_all(event: Event) -> bool:
    """Say whether the request targets every managed instance."""
    targets = event.listed("requestParameters.targets")
    return any("*" in listed(dig(target, "values")) for target in targets)


def output_bucket(event: Event) -> str:
    """Return the bucket that a command's output goes to, of a command or an association."""
    nested = event.request("outputLocation.s3Location.outputS3BucketName")
    return event.request("outputS3BucketName") or nested


def decrypts(event: Event) -> bool:
    """Say whether the request asks for the plain text of SecureString parameters."""
    return str(event.get("requestParameters.withDecryption")).lower() == "true"


def parameters_read(event: Event) -> list[str]:
    """Return the names, or the path, of the parameters that a request reads."""
    one = event.request("name", "path")
    names = event.listed("requestParameters.names")
    return [one] if one else sorted({*filter(None, map(text_of, names))})
