"""Macie protection weakened.

Macie tells where sensitive data lies open. An intruder disables it, or makes it archive its
findings, so that nobody hears of exposed data.
"""

from trailwarden import AWS_ITSELF, DEPLOYMENT, Caller, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.cloudtrail.values import dig
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.rds import is_false

CONDITIONAL = {
    "CreateFindingsFilter": ("action", ["ARCHIVE"]),
    "UpdateAutomatedDiscoveryConfiguration": ("status", ["DISABLED"]),
    "UpdateClassificationJob": ("jobStatus", ["CANCELLED", "USER_PAUSED"]),
    "UpdateFindingsFilter": ("action", ["ARCHIVE"]),
    "UpdateMacieSession": ("status", ["PAUSED"]),
    "UpdateMemberSession": ("status", ["PAUSED"]),
}
SEVERE = ("DisableMacie", "UpdateMacieSession", "UpdateMemberSession")
NAMES = ("name", "id", "jobId", "adminAccountId", "memberAccountId")


def detect(event: Event) -> Match | None:
    by_code = event.caller in DEPLOYMENT
    if not weakens(event) or (by_code and event.name not in SEVERE):
        return None
    name = event.request(*NAMES) or event.aws_region
    severity = Severity.HIGH if event.name in SEVERE else None
    if by_code:
        severity = Severity.LOW
    return Match(f"{event.name} {name}", severity=severity)


def weakens(event: Event) -> bool:
    """Say whether the request takes something away, for those that may also add."""
    if event.name == "PutFindingsPublicationConfiguration":
        hub = event.get("requestParameters.securityHubConfiguration")
        return isinstance(hub, dict) and any(map(is_false, hub.values()))
    if event.name == "UpdateOrganizationConfiguration":
        return is_false(event.get("requestParameters.autoEnable"))
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
        "macie2:PutFindingsPublicationConfiguration",
        "macie2:UpdateAllowList",
        "macie2:UpdateClassificationScope",
        "macie2:UpdateOrganizationConfiguration",
        *(f"macie2:{name}" for name in CONDITIONAL),
    ],
    exempt=AWS_ITSELF | {Caller.SECURITY_TEAM},
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Switch it on again and remove the filter. Then look for buckets that were opened, "
    "and for data that was copied, in the meantime.",
    false_positives="The security team's own housekeeping. Name its roles in `security_roles`.",
    references=["https://docs.aws.amazon.com/macie/latest/user/macie-suspend-disable.html"],
)


ENVIRONMENT = DEPLOYED


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
    hub = {"publishClassificationFindings": False, "publishPolicyFindings": True}
    publish = "macie2:PutFindingsPublicationConfiguration"
    yield alerts("findings not published", request(publish, securityHubConfiguration=hub))
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
