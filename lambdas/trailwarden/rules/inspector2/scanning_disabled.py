"""Inspector scanning disabled.

Inspector lists the vulnerabilities of machines, images and functions. Without it, or with a filter
over it, nobody hears of a vulnerability that an intruder uses.
"""

from collections.abc import Iterator, Mapping
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
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    AUDITOR,
    DEPLOYED,
    DEPLOYER,
    Fields,
    refused,
    request,
)
from trailwarden.cloudtrail.values import dig, text_of
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
    if event.name in SWITCHING:
        labels, severity = list(switched(event)), Severity.LOW if by_code else None
        if event.name in ON or (by_code and event.name != "Disable"):
            severity = Severity.INFORMATIONAL
        return Match(labels, severity) if labels else None
    if by_code:
        return None
    if event.name in {"CreateFilter", "UpdateFilter"}:
        name = event.request("name", "filterArn")
        hides = event.request("action") == "SUPPRESS"
        return Match(f"filter {name} suppresses", subject=name, title=HIDDEN) if hides else None
    return None


ON = frozenset({"AssociateMember", "Enable"})
SWITCHING = frozenset({"Disable", "DisassociateMember", *ON})


def switched(event: Event) -> Iterator[str]:
    """Yield what a request switches on or off, by account and kind; an account is all kinds."""
    kinds = list(map(str, event.listed("requestParameters.resourceTypes")))
    accounts = event.listed("requestParameters.accountIds") or [event.request("accountId")]
    failed = {text_of(dig(item, "accountId")) for item in event.failed_items}
    what = "membership" if "Member" in event.name else "scanning"
    for account in map(str, accounts):
        of = account or event.recipient_account_id
        whole = [] if kinds and event.name not in ON else [what]
        for kind in (*kinds, *whole) if of not in failed else ():
            yield f"{kind} of {of}: {'on' if event.name in ON else 'off'}"


def by_region(event: Event) -> str:
    return f"{event.recipient_account_id}/{event.aws_region}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "inspector2:AssociateMember",
        "inspector2:CreateFilter",
        "inspector2:Disable",
        "inspector2:DisassociateMember",
        "inspector2:Enable",
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
    yield alerts("off", off, label="EC2 of 111122223333: off")
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
    yield from switches()


def switches() -> Examples:
    disable, enable = "inspector2:Disable", "inspector2:Enable"
    kind: Fields = {"accountIds": ["111122223333"], "resourceTypes": ["EC2"]}
    first, last = (request(disable, by, day=n, **kind) for n, by in ((0, AUDITOR), (2, None)))
    on = request(enable, day=1, **kind)
    yield silent("a kind is off, as before", first, last)
    yield alerts("a kind is off, and on between", first, on, last, severity=Severity.MEDIUM)
    yield silent("a kind is on", on)
    whole = request(disable, day=2, accountIds=["111122223333"])
    yield alerts("all kinds", on, whole, label="scanning of 111122223333: off")
    yield alerts("the own account", request(disable), label=f"scanning of {ACCOUNT}: off")
    two: Fields = {"accountIds": ["111122223333", "444455556666"], "resourceTypes": ["EC2"]}
    failed = {"failedAccounts": [{"accountId": "444455556666", "errorCode": "ACCESS_DENIED"}]}
    partly = request(disable, day=2, answer=failed, **two)
    yield silent("one as before, and one in vain", first, partly)
    member: Fields = {"accountId": "444455556666"}
    gone, again = (
        request("inspector2:DisassociateMember", by, day=n, **member)
        for n, by in ((0, AUDITOR), (2, None))
    )
    back = request("inspector2:AssociateMember", day=1, **member)
    yield silent("a member gone before", gone, again)
    yield alerts("a member that came back", gone, back, again, severity=Severity.MEDIUM)
    by_code = request("inspector2:DisassociateMember", DEPLOYER, **member)
    yield silent("a member taken away by code", by_code)


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
