"""Inspector scanning disabled.

Inspector lists the vulnerabilities of machines, images and functions. Without it, or with a filter
over it, nobody hears of a vulnerability that an intruder uses.
"""

from collections.abc import Mapping

from trailwarden import AWS_ITSELF, DEPLOYMENT, Caller, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.examples import Examples, alerts, silent

HIDDEN = "Inspector findings suppressed"


def detect(event: Event) -> Match | None:
    by_code = event.caller in DEPLOYMENT
    if by_code and event.name != "Disable":
        return None
    if event.name in {"CreateFilter", "UpdateFilter"}:
        name = event.request("name", "filterArn")
        hides = event.request("action") == "SUPPRESS"
        return Match(f"filter {name} suppresses", subject=name, title=HIDDEN) if hides else None
    if event.name == "UpdateOrganizationConfiguration":
        chosen = event.get("requestParameters.autoEnable")
        off = [k for k, v in chosen.items() if v is False] if isinstance(chosen, Mapping) else []
        return Match(f"new accounts without {', '.join(map(str, off))}") if off else None
    kinds = event.listed("requestParameters.resourceTypes")
    accounts = event.listed("requestParameters.accountIds") or [event.request("account")]
    label = " ".join(map(str, [event.name, *accounts, *kinds])).strip()
    return Match(label, Severity.LOW if by_code else None)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "inspector2:CreateFilter",
        "inspector2:Disable",
        "inspector2:DisassociateMember",
        "inspector2:UpdateFilter",
        "inspector2:UpdateOrganizationConfiguration",
    ],
    exempt=AWS_ITSELF | {Caller.SECURITY_TEAM},
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Enable scanning again, or delete the filter and read the hidden findings. Ask why.",
    false_positives="The security team accepts findings. Name its roles in `security_roles`.",
)


ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    make, change = "inspector2:CreateFilter", "inspector2:UpdateOrganizationConfiguration"
    off = request("inspector2:Disable", resourceTypes=["EC2"], accountIds=["111122223333"])
    yield alerts("off", off, label="Disable 111122223333 EC2")
    yield alerts("a member", request("inspector2:DisassociateMember", accountId="444455556666"))
    hiding = request(make, name="noise", action="SUPPRESS", filterCriteria={})
    yield alerts("a filter", hiding, subject="noise")
    yield alerts("changed", request("inspector2:UpdateFilter", filterArn="f", action="SUPPRESS"))
    yield alerts("new accounts", request(change, autoEnable={"ec2": False, "ecr": True}))
    yield silent("a view", request(make, name="critical", action="NONE", filterCriteria={}))
    yield silent("all on", request(change, autoEnable={"ec2": True, "ecr": True}))
    yield alerts("refused", refused("inspector2:Disable"), severity=Severity.LOW)
    off = request("inspector2:Disable", DEPLOYER, accountIds=["111122223333"])
    yield alerts("off by code", off, severity=Severity.LOW)
    accepted: Fields = {"action": "SUPPRESS", "name": "accepted", "filterCriteria": {}}
    hidden = request("inspector2:CreateFilter", DEPLOYER, **accepted)
    yield silent("a filter by code", hidden)
