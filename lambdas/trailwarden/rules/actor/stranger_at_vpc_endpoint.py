"""Principal of an unknown account at a VPC endpoint.

An endpoint leads from the own network straight into AWS. With the credentials of another account,
data leaves for that account without crossing the internet.
"""

from typing import Any

from trailwarden import NOBODY, Event, LogClass, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match | None:
    account, endpoint = event.user_identity.account_id, event.text("vpcEndpointId")
    if not account:
        return None
    return Match(f"account {account} called {event.action} by {endpoint}", subject=account)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"eventCategory": ["NetworkActivity"]},
    exempt=NOBODY,
    callers=frozenset({Caller.OUTSIDER}),
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537", "T1567"]},
    response="Find the machine behind the address in the record and isolate it. Limit the "
    "endpoint's policy to principals of your organization. Then look for data that left.",
    false_positives="A vendor's agent with the vendor's credentials. Name its account in "
    "`trusted_accounts`.",
    log_class=LogClass.NETWORK_ACTIVITY,
    references=[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-network-events-with-cloudtrail.html"
    ],
)

ENVIRONMENT = Environment(trusted_accounts=("777788889999",))


def examples() -> Examples:
    stranger = call(OTHER_ACCOUNT)
    yield alerts("a stranger", stranger, severity=Severity.HIGH, subject=OTHER_ACCOUNT)
    refused = call(OTHER_ACCOUNT, errorCode="VpceAccessDenied")
    yield alerts("refused by the endpoint", refused, severity=Severity.MEDIUM)
    yield silent("the own account", call(ACCOUNT))
    yield silent("a vendor", call("777788889999"))
    yield silent("not by an endpoint", call(OTHER_ACCOUNT, eventCategory="Management"))


def call(account: str, **fields: Any) -> Record:
    identity = {"type": "AWSAccount", "accountId": account, "principalId": "AIDACKCEVSQ6C2EXAMPLE"}
    network = {
        "eventCategory": "NetworkActivity",
        "eventType": "AwsVpceEvent",
        "sourceIPAddress": "10.0.0.9",
        "vpcEndpointId": "vpce-0a1b2c3d",
        "vpcEndpointAccountId": ACCOUNT,
    }
    return request("s3:PutObject", identity, fields=network | fields)
