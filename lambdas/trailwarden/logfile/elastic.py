"""Makes CloudTrail records of what Elastic's AWS integration keeps without the original.

https://www.elastic.co/docs/reference/integrations/aws/cloudtrail
"""

from collections.abc import Mapping
from typing import Any

from trailwarden.cloudtrail.values import dig, put

NOTE = (
    "holds Elastic's own fields, not the original events: it lacks resources, tlsDetails and parts "
    "of userIdentity; keep `event.original` for rules that ask for these"
)

_OWN = "aws.cloudtrail."
_PLACES: Mapping[str, tuple[str, ...]] = {
    "eventTime": ("@timestamp",),
    "eventName": ("event.action",),
    "eventSource": ("event.provider",),
    "eventID": ("event.id",),
    "awsRegion": ("cloud.region",),
    "sourceIPAddress": ("source.address", "source.ip"),
    "userAgent": ("user_agent.original",),
    "eventVersion": (_OWN + "event_version",),
    "eventType": (_OWN + "event_type",),
    "eventCategory": (_OWN + "event_category",),
    "errorCode": (_OWN + "error_code",),
    "errorMessage": (_OWN + "error_message",),
    "requestID": (_OWN + "request_id",),
    "readOnly": (_OWN + "read_only",),
    "recipientAccountId": (_OWN + "recipient_account_id", "cloud.account.id"),
    "sharedEventID": (_OWN + "shared_event_id",),
    "requestParameters": (_OWN + "flattened.request_parameters",),
    "responseElements": (_OWN + "flattened.response_elements",),
    "additionalEventData": (_OWN + "flattened.additional_eventdata",),
    "serviceEventDetails": (_OWN + "flattened.service_event_details",),
    "userIdentity.type": (_OWN + "user_identity.type",),
    "userIdentity.arn": (_OWN + "user_identity.arn",),
    "userIdentity.accessKeyId": (_OWN + "user_identity.access_key_id",),
    "userIdentity.invokedBy": (_OWN + "user_identity.invoked_by",),
    "userIdentity.principalId": ("user.id",),
    "userIdentity.userName": ("user.name",),
    "userIdentity.accountId": ("cloud.account.id",),
    **{
        f"userIdentity.sessionContext.{path}": (f"{_OWN}user_identity.session_context.{name}",)
        for path, name in {
            "attributes.mfaAuthenticated": "mfa_authenticated",
            "attributes.creationDate": "creation_date",
            "sessionIssuer.type": "session_issuer.type",
            "sessionIssuer.arn": "session_issuer.arn",
            "sessionIssuer.principalId": "session_issuer.principal_id",
            "sessionIssuer.accountId": "session_issuer.account_id",
        }.items()
    },
}


def is_of_integration(value: Mapping[str, Any]) -> bool:
    """Say whether this is an event as the integration keeps it."""
    own = dig(value, "aws.cloudtrail")
    return isinstance(own, Mapping) and isinstance(dig(value, "event.action"), str)


def record_of(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record that an event was made of, as far as it tells."""
    record: dict[str, Any] = {}
    for path, places in _PLACES.items():
        put(
            record,
            path,
            next((v for place in places if (v := dig(value, place)) is not None), None),
        )
    return record
