"""Knows the fields of a record, as AWS documents them."""

from trailwarden.cloudtrail.event import RECORD_FIELDS
from trailwarden.cloudtrail.spelling import suggestion

_BELOW = {
    "addendum": "originalEventID originalRequestID reason updatedFields",
    "insightDetails": "errorCode eventName eventSource insightContext insightType "
    "sourceEventCategory state",
    "tlsDetails": "cipherSuite clientProvidedHostHeader keyExchange tlsVersion",
    "userIdentity": "accessKeyId accountId arn credentialId identityProvider inScopeOf invokedBy "
    "invokedByDelegate onBehalfOf principalId sessionContext type userName",
    "userIdentity.inScopeOf": "credentialsIssuedTo issuerType sourceAccount sourceArn",
    "userIdentity.invokedByDelegate": "accountId",
    "userIdentity.onBehalfOf": "identityStoreArn userId",
    "userIdentity.sessionContext": "assumedRoot attributes ec2RoleDelivery sessionIssuer "
    "signInSessionArn sourceIdentity webIdFederationData",
    "userIdentity.sessionContext.attributes": "creationDate mfaAuthenticated",
    "userIdentity.sessionContext.sessionIssuer": "accountId arn principalId type userName",
    "userIdentity.sessionContext.webIdFederationData": "attributes federatedProvider",
}

FIELDS = RECORD_FIELDS | {
    f"{above}.{key}" for above, keys in _BELOW.items() for key in keys.split()
}
"""The fields of a record that AWS documents, as dotted paths.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
"""

OBJECTS = frozenset({*_BELOW})
"""The fields that hold others, and no value of their own."""

FREE = frozenset(
    {
        *("additionalEventData", "edgeDeviceDetails", "insightDetails.insightContext"),
        *("requestParameters", "resources", "responseElements", "serviceEventDetails"),
        "userIdentity.sessionContext.webIdFederationData.attributes",
    }
)
"""The fields below which a service writes freely."""


def unknown_field(path: str) -> str:
    """Explain why a dotted path of a record is wrong; nothing where CloudTrail has it."""
    above = ""
    for key in path.split("."):
        here = f"{above}.{key}" if above else key
        if here not in FIELDS:
            siblings = [f.rpartition(".")[2] for f in FIELDS if f.rpartition(".")[0] == above]
            place = f" in {above}" if above else ""
            return f"CloudTrail has no field {key}{place}{suggestion(key, siblings, cutoff=0.85)}"
        if here in FREE:
            break
        above = here
    return ""
