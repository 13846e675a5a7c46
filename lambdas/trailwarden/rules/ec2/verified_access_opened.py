"""Policy of Verified Access opened.

Verified Access lets people reach internal applications without a VPN, as far as a policy in Cedar
allows. A policy that asks nothing, or none at all, lets in each user that the provider knows.
"""

import re

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import first, values
from trailwarden.services.rds import is_false

ALLOWS = re.compile(r"permit\s*\(\s*principal\s*,\s*action\s*,\s*resource\s*\)\s*(\S+)", re.ASCII)
LONGEST = 20_000
"""How much of a policy is read; Cedar's own limit is half of it."""


def detect(event: Event) -> Match | None:
    parameters = event.get("requestParameters")
    thing = first(event, "verifiedAccessEndpointId", "verifiedAccessGroupId")
    if any(map(is_false, values(parameters, "policyEnabled"))):
        return Match(f"no policy for {thing}", subject=thing)
    document = first(event, "policyDocument")[:LONGEST]
    limits = [after.startswith(("when", "unless")) for after in ALLOWS.findall(document)]
    return None if all(limits) else Match(f"everyone for {thing}", subject=thing)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:ModifyVerifiedAccessEndpointPolicy", "ec2:ModifyVerifiedAccessGroupPolicy"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"], Tactic.INITIAL_ACCESS: ["T1133"]},
    response="Put the policy back. Ask the caller. Read the access log of Verified Access since.",
    false_positives="A first test of an application by hand.",
)


def examples() -> Examples:
    everyone = "permit(principal, action, resource);"
    opened = change("Endpoint", PolicyEnabled=True, PolicyDocument=everyone)
    yield alerts("an application", opened, subject="vae-1", label="everyone for vae-1")
    spaced = "permit ( principal,action,  resource )\n;"
    yield alerts("with spaces", change("Group", PolicyDocument=spaced))
    yield alerts("no policy", change("Group", PolicyEnabled=False), label="no policy for vae-1")
    some = 'permit(principal, action, resource) when { context.idp.groups.contains("a") };'
    yield silent("one group", change("Endpoint", PolicyEnabled=True, PolicyDocument=some))
    closed = change("Endpoint", PolicyDocument="forbid(principal, action, resource);")
    yield silent("nobody", closed)
    yield silent("refused", refused("ec2:ModifyVerifiedAccessGroupPolicy"))


def change(kind: str, **settings: object) -> Record:
    action = f"ModifyVerifiedAccess{kind}Policy"
    body: Fields = {f"{action}Request": {f"VerifiedAccess{kind}Id": "vae-1", **settings}}
    return request(f"ec2:{action}", **body)
