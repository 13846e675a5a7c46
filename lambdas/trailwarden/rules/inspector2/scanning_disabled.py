"""Inspector scanning disabled.

Inspector lists the vulnerabilities of machines, images and functions. Without it, or with a filter
over it, nobody hears of a vulnerability that an intruder uses.
"""

from collections.abc import Mapping
from dataclasses import replace

from trailwarden import (
    AWS_ITSELF,
    DEPLOYMENT,
    Caller,
    Event,
    Match,
    Rule,
    Severity,
    Tactic,
    either,
)
from trailwarden.cloudtrail.samples import AUDITOR, DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent

HIDDEN = "Inspector findings suppressed"
NEW_ACCOUNTS = "Inspector scanning of new accounts disabled"


def detect(event: Event) -> Match | None:
    by_code = event.caller in DEPLOYMENT
    if event.name == "UpdateOrganizationConfiguration":
        chosen = event.get("requestParameters.autoEnable")
        chosen = chosen if isinstance(chosen, Mapping) else {}
        label = state(**{str(k): v for k, v in chosen.items() if isinstance(v, bool)})
        only_teaches = Severity.INFORMATIONAL if by_code else None
        return Match(label, only_teaches, title=NEW_ACCOUNTS) if label else None
    if by_code and event.name != "Disable":
        return None
    if event.name in {"CreateFilter", "UpdateFilter"}:
        name = event.request("name", "filterArn")
        hides = event.request("action") == "SUPPRESS"
        return Match(f"filter {name} suppresses", subject=name, title=HIDDEN) if hides else None
    kinds = event.listed("requestParameters.resourceTypes")
    accounts = event.listed("requestParameters.accountIds") or [event.request("account")]
    label = " ".join(map(str, [event.name, *accounts, *kinds])).strip()
    return Match(label, Severity.LOW if by_code else None)


def by_region(event: Event) -> str:
    return f"{event.recipient_account_id}/{event.aws_region}"


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
    correlation=Worsened(timespan=400 * DAY, group_by=by_region, unknown=Severity.CRITICAL),
)

ENVIRONMENT = replace(DEPLOYED, security_roles=("arn:aws:iam::*:role/audit",))


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
    yield from compared()
    yield alerts("refused", refused("inspector2:Disable"), severity=Severity.LOW)
    off = request("inspector2:Disable", DEPLOYER, accountIds=["111122223333"])
    yield alerts("off by code", off, severity=Severity.LOW)
    accepted: Fields = {"action": "SUPPRESS", "name": "accepted", "filterCriteria": {}}
    hidden = request("inspector2:CreateFilter", DEPLOYER, **accepted)
    yield silent("a filter by code", hidden)


def compared() -> Examples:
    first, again = new_accounts(AUDITOR, ecr=False), new_accounts(day=2, ecr=False)
    on = new_accounts(day=1, ecr=True)
    yield silent("off, as before", first, again)
    yield silent("off, as code set it", new_accounts(DEPLOYER, ecr=False), again)
    yield alerts("off, and on between", first, on, again, severity=Severity.MEDIUM)
    yield alerts("another kind, too", first, new_accounts(day=2, ecr=False, ec2=False))
    yield alerts("of another Region", {**first, "awsRegion": "eu-west-1"}, again)
    yield alerts("known too long ago", first, new_accounts(day=401, ecr=False))
    yield silent("known for long", first, new_accounts(day=400, ecr=False))
    yield silent("nothing said", request("inspector2:UpdateOrganizationConfiguration"))


def new_accounts(by: Fields | None = None, *, day: float = 0, **kinds: bool) -> Record:
    chosen: Fields = {"autoEnable": {"ec2": True, **kinds}}
    return request("inspector2:UpdateOrganizationConfiguration", by, day=day, **chosen)
