"""Macie protection weakened.

Macie tells where sensitive data lies open. An intruder disables it, or makes it archive its
findings, so that nobody hears of exposed data.
"""

from dataclasses import replace

from trailwarden import AWS_ITSELF, DEPLOYMENT, Caller, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import AUDITOR, DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.cloudtrail.values import dig
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.rds import is_true

CONDITIONAL = {
    "CreateFindingsFilter": ("action", ["ARCHIVE"]),
    "UpdateClassificationJob": ("jobStatus", ["CANCELLED", "USER_PAUSED"]),
    "UpdateFindingsFilter": ("action", ["ARCHIVE"]),
}
SETTINGS = {
    "UpdateAutomatedDiscoveryConfiguration": "status",
    "UpdateMacieSession": "status",
    "UpdateMemberSession": "status",
    "UpdateOrganizationConfiguration": "autoEnable",
}
"""What says whether something of Macie is on; a request may leave it out."""
PUBLISHED = {"publishPolicyFindings": False, "publishClassificationFindings": "left off"}
"""Which findings Security Hub gets, and what it means where it does not: some are off at first."""
PUBLISH = "PutFindingsPublicationConfiguration"
SEVERE = ("DisableMacie", "UpdateMacieSession", "UpdateMemberSession")
NAMES = ("name", "id", "jobId", "adminAccountId", "memberAccountId")


def detect(event: Event) -> Match | None:
    severity = Severity.HIGH if event.name in SEVERE else None
    by_code = event.caller in DEPLOYMENT
    if by_code:
        severity = Severity.LOW if event.name in SEVERE else Severity.INFORMATIONAL
    name = event.request(*NAMES) or event.aws_region
    if event.name in (PUBLISH, *SETTINGS):
        label = state(**settings(event))
        return Match(label, severity) if label else None
    if by_code and event.name not in SEVERE:
        return None
    return Match(f"{event.name} {name}", severity) if weakens(event) else None


def settings(event: Event) -> dict[str, object]:
    """Return what a request has Macie do from now on."""
    if event.name == PUBLISH:
        hub = event.get("requestParameters.securityHubConfiguration")
        return {
            kind: is_true(dig(hub, kind)) or off
            for kind, off in PUBLISHED.items()
            if dig(hub, kind) is not None
        }
    said = event.get(f"requestParameters.{SETTINGS[event.name]}")
    return {} if said is None else {event.name: is_true(said) or said == "ENABLED"}


def by_setting(event: Event) -> str:
    place = f"{event.recipient_account_id}/{event.aws_region}"
    return f"{place}/{event.name}/{event.request('id')}"


def weakens(event: Event) -> bool:
    """Say whether the request takes something away, for those that may also add."""
    if event.name == "BatchUpdateAutomatedDiscoveryAccounts":
        accounts = event.listed("requestParameters.accounts")
        return any(dig(account, "status") == "DISABLED" for account in accounts)
    if event.name == "UpdateClassificationScope":
        return event.request("s3.excludes.operation") in ("ADD", "REPLACE")
    if event.name not in CONDITIONAL:
        return True
    key, values = CONDITIONAL[event.name]
    return event.request(key) in values


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "macie:DisassociateS3Resources",
        "macie2:BatchUpdateAutomatedDiscoveryAccounts",
        "macie2:CreateAllowList",
        "macie2:DeleteCustomDataIdentifier",
        "macie2:DeleteMember",
        "macie2:DisableMacie",
        "macie2:DisableOrganizationAdminAccount",
        "macie2:DisassociateFromAdministratorAccount",
        "macie2:DisassociateFromMasterAccount",
        "macie2:DisassociateMember",
        "macie2:UpdateAllowList",
        "macie2:UpdateClassificationScope",
        *(f"macie2:{name}" for name in (PUBLISH, *SETTINGS, *CONDITIONAL)),
    ],
    exempt=AWS_ITSELF | {Caller.SECURITY_TEAM},
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Switch it on again and remove the filter. Then look for buckets that were opened, "
    "and for data that was copied, in the meantime.",
    false_positives="The security team's own housekeeping. Name its roles in `security_roles`.",
    references=["https://docs.aws.amazon.com/macie/latest/user/macie-suspend-disable.html"],
    correlation=Worsened(timespan=400 * DAY, group_by=by_setting, unknown=Severity.CRITICAL),
)

ENVIRONMENT = replace(DEPLOYED, security_roles=("arn:aws:iam::*:role/audit",))


def examples() -> Examples:
    session, make = "macie2:UpdateMacieSession", "macie2:CreateFindingsFilter"
    yield alerts("suspended", request(session, status="PAUSED"), severity=Severity.HIGH)
    yield alerts("disabled", request("macie2:DisableMacie"), severity=Severity.HIGH)
    off = request("macie2:DisableMacie", DEPLOYER)
    yield alerts("disabled by code", off, severity=Severity.LOW)
    list_of_code = request("macie2:DeleteCustomDataIdentifier", DEPLOYER, id="c")
    yield silent("another change by code", list_of_code)
    everything: Fields = {"criterion": {}}
    hiding = request(make, name="noise", action="ARCHIVE", findingCriteria=everything)
    yield alerts("a filter", hiding, severity=Severity.MEDIUM, label="CreateFindingsFilter noise")
    yield alerts("a wider one", request("macie2:UpdateFindingsFilter", id="f", action="ARCHIVE"))
    discovery = "macie2:UpdateAutomatedDiscoveryConfiguration"
    yield alerts("no discovery", request(discovery, status="DISABLED"))
    job = request("macie2:UpdateClassificationJob", jobId="j", jobStatus="CANCELLED")
    yield alerts("a job", job)
    hub = {"publishClassificationFindings": True, "publishPolicyFindings": False}
    publish = "macie2:PutFindingsPublicationConfiguration"
    yield alerts("findings not published", request(publish, securityHubConfiguration=hub))
    usual: Fields = {"securityHubConfiguration": {"publishClassificationFindings": False}}
    as_ever = request(publish, day=2, **usual)
    yield silent("what nobody publishes at first", as_ever)
    known = request(publish, securityHubConfiguration=hub)
    yield alerts(
        "no longer published", known, as_ever, label="publishClassificationFindings: left off"
    )
    yield from compared()
    member: Fields = {"id": "444455556666"}
    paused = request("macie2:UpdateMemberSession", **member, status="PAUSED")
    yield alerts("a member's, paused", paused, severity=Severity.HIGH)
    resumed = request("macie2:UpdateMemberSession", **member, status="ENABLED")
    yield silent("a member's, resumed", resumed)
    for on, story in ((False, alerts), (True, silent)):
        organization = request("macie2:UpdateOrganizationConfiguration", autoEnable=on)
        yield story(f"new members {on}", organization)
    for status, story in (("DISABLED", alerts), ("ENABLED", silent)):
        accounts = [{"accountId": "444455556666", "status": status}]
        batch = request("macie2:BatchUpdateAutomatedDiscoveryAccounts", accounts=accounts)
        yield story(f"discovery {status}", batch)
    for operation, story in (("ADD", alerts), ("REPLACE", alerts), ("REMOVE", silent)):
        excludes = {"excludes": {"operation": operation, "bucketNames": ["payroll"]}}
        yield story(
            f"{operation} of a bucket",
            request("macie2:UpdateClassificationScope", id="s", s3=excludes),
        )
    words: Fields = {"name": "quiet", "criteria": {"regex": ".*"}}
    yield alerts("a list", request("macie2:CreateAllowList", **words, clientToken="t"))
    yield alerts("another list", request("macie2:UpdateAllowList", **words, id="l"))
    yield silent("resumed", request(session, status="ENABLED"))
    view = request(make, name="noise", action="NOOP", findingCriteria=everything)
    yield silent("a view", view)
    yield alerts("refused", refused("macie2:DisableMacie"), severity=Severity.MEDIUM)


def compared() -> Examples:
    known, again, between = paused(AUDITOR), paused(day=2), paused(status="ENABLED", day=1)
    yield silent("suspended, as before", known, again)
    yield alerts("suspended, and on between", known, between, again, severity=Severity.HIGH)
    yield alerts("of another Region", {**known, "awsRegion": "eu-west-1"}, again)
    yield silent("another setting", request("macie2:UpdateMacieSession"))
    for day, story in ((400, silent), (401, alerts)):
        yield story(f"day {day}", known, paused(day=day))


def paused(by: Fields | None = None, *, day: float = 0, status: str = "PAUSED") -> Record:
    return request("macie2:UpdateMacieSession", by, day=day, status=status)
