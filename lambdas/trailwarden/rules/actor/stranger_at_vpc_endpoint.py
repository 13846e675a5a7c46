"""Principal of an unknown account came through a VPC endpoint.

An endpoint leads from the own network straight into AWS. Credentials of somebody else's account in
there are how data leaves for that account without crossing the internet.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, LogClass, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

ENVIRONMENT = Environment(trusted_accounts=("777788889999",))


def detect(event: Event) -> Match | None:
    account = event.user_identity.account_id
    if event.by_service or not account or event.knows_account(account):
        return None
    endpoint = event.text("vpcEndpointId")[:40]
    severity = Severity.MEDIUM if event.denied else None
    label = f"account {account[:20]} called {event.action[:80]} by {endpoint}"
    return Match(label, severity=severity, subject=account[:20])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"eventCategory": ["NetworkActivity"]},
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537", "T1567"]},
    response="Find the machine behind the address in the record and isolate it. Limit the "
    "endpoint's policy to principals of your organization, and look for what was sent out.",
    false_positives="A vendor's agent that has the vendor's credentials; trust its account.",
    log_class=LogClass.NETWORK_ACTIVITY,
    references=[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-network-events-with-cloudtrail.html"
    ],
)


def examples() -> Iterator[Example]:
    yield alerts("a stranger", call(OTHER_ACCOUNT))
    yield alerts("refused by the endpoint", call(OTHER_ACCOUNT, errorCode="VpceAccessDenied"))
    yield silent("one's own", call(ACCOUNT))
    yield silent("a vendor", call("777788889999"))
    yield silent("not by an endpoint", call(OTHER_ACCOUNT, eventCategory="Management"))


def call(account: str, **fields: Any) -> Record:
    who = {"type": "AWSAccount", "accountId": account, "principalId": "AIDACKCEVSQ6C2EXAMPLE"}
    told = {
        "eventCategory": "NetworkActivity",
        "eventType": "AwsVpceEvent",
        "sourceIPAddress": "10.0.0.9",
        "vpcEndpointId": "vpce-0a1b2c3d",
        "vpcEndpointAccountId": ACCOUNT,
    }
    return record("s3:PutObject", who, **(told | fields))
