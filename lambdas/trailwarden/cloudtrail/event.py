"""A CloudTrail record, read-only, in CloudTrail's own words.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html

Any field may be missing, null or of a type that CloudTrail never writes. Then it reads as empty, so
that a rule asks its own question and nothing else. Common questions are worked out once.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeGuard

from trailwarden.cloudtrail.batches import code_of, failed_as_a_whole, failed_items
from trailwarden.cloudtrail.caller import Caller, caller_of, via_of
from trailwarden.cloudtrail.identity import Identity
from trailwarden.cloudtrail.values import Record, dig, lazy, listed, text_of
from trailwarden.environment import Environment

RECORD_FIELDS = frozenset(
    {
        *("additionalEventData", "addendum", "apiVersion", "awsRegion", "edgeDeviceDetails"),
        *("errorCode", "errorMessage", "eventCategory", "eventID", "eventName", "eventSource"),
        *("eventTime", "eventType", "eventVersion", "insightDetails", "managementEvent"),
        *("readOnly", "recipientAccountId", "requestID", "requestParameters", "resources"),
        *("responseElements", "serviceEventDetails", "sessionCredentialFromConsole"),
        *("sharedEventID", "sourceIPAddress", "tlsDetails", "userAgent", "userIdentity"),
        *("vpcEndpointAccountId", "vpcEndpointId"),
    }
)
"""The fields of a record that CloudTrail delivers to trails and EventBridge."""

UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""The time of an event whose `eventTime` tells none. Nobody is told it as a time."""

YEARS = range(2006, 2200)
"""The years that an event may be of: AWS is no older, and sums with these times stay in range."""

DENIED_CODES = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AccessDeniedFault",
        "AccessDeniedForDependencyException",
        "AuthorizationError",
        "AuthorizationException",
        "Client.UnauthorizedOperation",
        "CloudHsmAccessDeniedException",
        "ForbiddenException",
        "InsufficientPrivilegesException",
        "OpsItemAccessDeniedException",
        "OrganizationAccessDeniedException",
        "UnauthorizedException",
        "UnauthorizedOperation",
        "UnauthorizedOperationException",
        "VpceAccessDenied",
    }
)
"""The error codes with which services refuse a request for lack of permission.

Most use one of the first two. SNS, DMS, Kafka, Elastic Beanstalk and others have their own.
"""

_DENIED_ITEMS = frozenset(code.lower() for code in DENIED_CODES)
"""The same as items of batches tell it, some in capital letters: `ACCESS_DENIED`."""

DRY_RUN_CODES = frozenset({"Client.DryRunOperation", "DryRunOperation"})


class Outcome(StrEnum):
    """What came of a request."""

    SUCCEEDED = "succeeded"
    REFUSED = "refused"
    """The service refused it for lack of permission."""
    FAILED = "failed"
    """Anything else went wrong: quotas, bad parameters, a wrong password, things that are not."""

    __hash__ = str.__hash__  # the one of Enum is Python code, and sets of outcomes are asked often


_NOWHERE = Environment()
_REFUSED_RESOURCE = re.compile(r" on resource: (\S{1,2048})")
_TIME = re.compile(r"2[01]\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\dZ", re.ASCII)
_VERSION = re.compile(r"(?:\d{8}(?:v\d+)?|\d{4}_\d{2}_\d{2})\Z")


def plain_name(event_name: str) -> str:
    """Return an event name without the API version that Lambda and CloudFront append.

    >>> plain_name("UpdateFunctionCode20150331v2"), plain_name("CreateFunction2020_05_31")
    ('UpdateFunctionCode', 'CreateFunction')
    """
    return _VERSION.sub("", event_name) or event_name


def moment(written: str) -> datetime:
    """Return the time, in UTC, that a record tells; `UNKNOWN_TIME` where it tells none."""
    try:
        time = datetime.fromisoformat(written)
        time = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return UNKNOWN_TIME
    return time if time.year in YEARS else UNKNOWN_TIME


def is_usual_time(written: Any) -> TypeGuard[str]:
    """Say whether a time is written as CloudTrail does it: such texts sort by time."""
    return written.__class__ is str and _TIME.fullmatch(written) is not None


def of_lambda(event_source: str) -> bool:
    """Say whether a source is as Lambda names that of an event: `aws:sqs`, `aws:kinesis`."""
    return event_source.startswith("aws:")


def service_of(event_source: str) -> str:
    """Return the service as IAM writes it: `iam` for `iam.amazonaws.com`, in any partition."""
    return event_source.removesuffix(".cn").removesuffix(".amazonaws.com")


@dataclass(frozen=True, eq=False)
class Event:
    """One CloudTrail event, in the environment it happened in.

    Every property is a field of the record in snake case.
    """

    record: Record

    environment: Environment = _NOWHERE

    @lazy
    def event_id(self) -> str:
        """CloudTrail's GUID for the event; a hash of the record where it has none."""
        return text_of(self.record.get("eventID")) or self._digest

    @lazy
    def origin(self) -> str:
        """The event that this is a record of, the same in every copy and amended record.

        Copies for several accounts share their time and request, too: what shares an id alone is
        not taken for the same event.
        """
        if shared := text_of(self.record.get("sharedEventID")):
            request = self.text("addendum.originalRequestID") or self.text("requestID")
            return f"{shared}/{self.text('eventTime')}/{request}"
        return self.text("addendum.originalEventID") or self.event_id

    @lazy
    def event_time(self) -> datetime:
        """When the request completed, in UTC; `UNKNOWN_TIME` where the record does not tell."""
        return moment(text_of(self.record.get("eventTime")))

    @property
    def time_defect(self) -> str:
        """The defect in the time of the event; nothing where it tells one."""
        if self.event_time != UNKNOWN_TIME:
            return ""
        said = json.dumps(self.record.get("eventTime"), default=str)
        wrong = f"its eventTime is {said[:60]}" if "eventTime" in self.record else "it has none"
        return f"event {self.event_id[:60]} tells no time: {wrong}"

    @lazy
    def event_name(self) -> str:
        """The requested action as recorded, such as `UpdateFunctionCode20150331v2`."""
        return text_of(self.record.get("eventName"))

    @lazy
    def event_source(self) -> str:
        """The service the request was made to, such as `iam.amazonaws.com`."""
        return text_of(self.record.get("eventSource"))

    @lazy
    def name(self) -> str:
        """The event name without an API version: `UpdateFunctionCode`."""
        return plain_name(self.event_name)

    @lazy
    def service(self) -> str:
        """The service as IAM writes it, such as `iam`."""
        return service_of(self.event_source)

    @lazy
    def action(self) -> str:
        """The action as IAM writes it, such as `iam:PutUserPolicy`."""
        return f"{self.service}:{self.name}"

    @property
    def event_type(self) -> str:
        """`AwsApiCall`, `AwsConsoleSignIn`, `AwsServiceEvent`, and so on."""
        return text_of(self.record.get("eventType"))

    @property
    def event_category(self) -> str:
        """`Management`, which older records leave out, `Data`, `NetworkActivity` or `Insight`."""
        return text_of(self.record.get("eventCategory")) or "Management"

    @property
    def read_only(self) -> bool:
        """Whether the request could change nothing, as far as CloudTrail says."""
        return str(self.record.get("readOnly")).lower() == "true"

    @lazy
    def aws_region(self) -> str:
        """The Region the request was made to."""
        return text_of(self.record.get("awsRegion"))

    @lazy
    def recipient_account_id(self) -> str:
        """The account that received the event; in old records, the one that made the request."""
        return text_of(self.record.get("recipientAccountId")) or self.user_identity.account_id

    @lazy
    def source_ip_address(self) -> str:
        """The address the request came from, or the DNS name of an AWS service."""
        return text_of(self.record.get("sourceIPAddress"))

    @lazy
    def vpc_endpoint_id(self) -> str:
        """The VPC endpoint that the request came through; empty for one from elsewhere."""
        return text_of(self.record.get("vpcEndpointId"))

    @lazy
    def user_agent(self) -> str:
        """What the caller says it is. Anyone can say anything."""
        return text_of(self.record.get("userAgent"))

    @lazy
    def error_code(self) -> str:
        """The service's error, such as `AccessDenied`; empty when there was none."""
        return text_of(self.record.get("errorCode"))

    @property
    def error_message(self) -> str:
        """What the service said of the error."""
        return text_of(self.record.get("errorMessage"))

    @lazy
    def succeeded(self) -> bool:
        """Whether the service did its work, in each place where it says so."""
        if self.error_code or self._failed_to_sign_in:
            return False
        response = self.record.get("responseElements")
        if not isinstance(response, dict):
            return True
        said = (response.get("ConsoleLogin"), response.get("PasswordUpdated"))
        asked = self.record.get("requestParameters")
        return "Failure" not in said and not failed_as_a_whole(asked, response)

    @property
    def denied(self) -> bool:
        """Whether the service refused for lack of permission, all that a batch asked for."""
        if self.error_code or self.succeeded:
            return self.error_code in DENIED_CODES
        told = {code_of(item).replace("_", "").lower() for item in self.failed_items}
        return bool(told) and told <= _DENIED_ITEMS

    @property
    def refused_resource(self) -> str:
        """The resource that a refusal names: most refused requests tell nothing else of it."""
        found = _REFUSED_RESOURCE.search(self.error_message)
        return found[1].rstrip(".,;") if found else ""

    @property
    def _failed_to_sign_in(self) -> bool:
        """Whether the sign-in service reports a failure, below the name of the event."""
        if self.service != "signin":
            return False
        places = (self.get("responseElements"), self.get("serviceEventDetails"))
        if any(dig(place, self.event_name) == "Failure" for place in places):
            return True
        return str(self.get("additionalEventData.success")).lower() == "false"

    @property
    def is_dry_run(self) -> bool:
        """Whether the request only asked if it would succeed. It would have."""
        return self.error_code in DRY_RUN_CODES

    @lazy
    def caller(self) -> Caller:
        """Which kind of caller made the request, directly or through a service."""
        return caller_of(self)

    @lazy
    def via(self) -> str:
        """The service that made the request on the caller's behalf, as `invokedBy` names it."""
        return via_of(self)

    @lazy
    def from_console(self) -> bool:
        """Whether a session of the console made the request. AWS says so, not the caller."""
        flag = str(self.record.get("sessionCredentialFromConsole")).lower() == "true"
        return flag or self.source_ip_address == "AWS Internal"

    @lazy
    def outcome(self) -> Outcome:
        """What came of the request."""
        if self.succeeded:
            return Outcome.SUCCEEDED
        return Outcome.REFUSED if self.denied else Outcome.FAILED

    def owns_account(self, account_id: str) -> bool:
        """Say whether the account is the event's own or the organization's."""
        return account_id == self.recipient_account_id or self.environment.owns_account(account_id)

    def request(self, *paths: str) -> str:
        """Return the text at the first of some dotted `paths` that the request says, or nothing.

        >>> Event({"requestParameters": {"userName": "mallory"}}).request("groupName", "userName")
        'mallory'
        """
        parameters = self.record.get("requestParameters")
        for path in paths:
            if text := text_of(dig(parameters, path)):
                return text
        return ""

    def answer(self, path: str) -> str:
        """Return the text at a dotted `path` of the service's answer, or nothing."""
        return text_of(dig(self.record.get("responseElements"), path))

    def knows_account(self, account_id: str) -> bool:
        """Say whether the account is the event's own, the organization's, or a trusted vendor's."""
        return account_id == self.recipient_account_id or self.environment.knows_account(account_id)

    @property
    def omits_parameters(self) -> bool:
        """Whether CloudTrail left out the request's parameters because they were too large."""
        return self.get("requestParameters.omitted") is True

    @lazy
    def user_identity(self) -> Identity:
        """Who made the request."""
        identity = self.record.get("userIdentity")
        return Identity(identity if isinstance(identity, dict) else {})

    @lazy
    def actor(self) -> str:
        """The principal of the request, over all sessions, keys and addresses; else the address."""
        identity = self.user_identity
        if identity.user_name == "HIDDEN_DUE_TO_SECURITY_REASONS":
            return self.source_ip_address
        return identity.actor or self.source_ip_address

    def get(self, path: str) -> Any:
        """Return the value at a dotted `path` of the record, or None.

        >>> Event({"requestParameters": {"userName": "mallory"}}).get("requestParameters.userName")
        'mallory'
        """
        return dig(self.record, path)

    def text(self, path: str) -> str:
        """Return the text at a dotted `path` of the record, or nothing."""
        return text_of(dig(self.record, path))

    def listed(self, path: str) -> list[Any]:
        """Return the values at a dotted `path` of the record as a list, in any wrapping."""
        return listed(dig(self.record, path))

    @lazy
    def failed_items(self) -> list[Record]:
        """What a batch could not do, by item, as services report without an error code."""
        return failed_items(self.record.get("responseElements"))

    @property
    def _digest(self) -> str:
        canonical = json.dumps(dict(self.record), sort_keys=True, default=str)
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:36]
