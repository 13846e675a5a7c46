"""Policy of a VPC endpoint was opened to everything.

An endpoint's policy keeps data inside: it says which buckets and accounts the network may reach.
Once it allows everything, data can be copied to any account without touching the internet.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, policy, record
from trailwarden.cloudtrail.values import Record
from trailwarden.policy.document import statements
from trailwarden.services.ec2 import texts, values


def detect(event: Event) -> Match | None:
    if event.by_automation or not event.succeeded:
        return None
    asked = event.get("requestParameters")
    is_reset = any(str(value).lower() == "true" for value in values(asked, "resetPolicy"))
    policies = values(asked, "policyDocument")
    if not is_reset and not any(s.allows_everything for p in policies for s in statements(p)):
        return None
    endpoint = next(iter(texts(asked, "vpcEndpointId")), "")[:40]
    return Match(f"{endpoint} {'reset' if is_reset else 'allows everything'}", subject=endpoint)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:ModifyVpcEndpoint"],
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"]},
    response="Put the former policy back. Ask whoever changed it why; if nobody knows, look at "
    "what was sent through the endpoint to other accounts since then.",
    false_positives="Somebody who looks for the reason of a refusal.",
)


def examples() -> Iterator[Example]:
    everything = policy("*", Principal="*")
    yield alerts("everything", change(PolicyDocument=everything))
    yield alerts("reset to the default", change(ResetPolicy=True))
    yield silent(
        "one bucket", change(PolicyDocument=policy("s3:*", "arn:aws:s3:::own/*", Principal="*"))
    )
    organization = {"StringEquals": {"aws:PrincipalOrgID": "o-example"}}
    limited = policy("*", Principal="*", Condition=organization)
    yield silent("everything, for the organization", change(PolicyDocument=limited))
    yield silent("a route table", change(AddRouteTableId="rtb-0123456789abcdef0"))


def change(**asked: Any) -> Record:
    told = {"ModifyVpcEndpointRequest": {"VpcEndpointId": "vpce-0123456789abcdef0"} | asked}
    return record("ec2:ModifyVpcEndpoint", iam_user("alice"), requestParameters=told)
