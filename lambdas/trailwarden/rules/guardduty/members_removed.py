"""GuardDuty account cut off from its administrator.

The security team reads the findings of member accounts in one place. An account that is removed, or
removes itself, stays without readers.
"""

from typing import Any

from trailwarden import AWS_ITSELF, Event, Match, Outcome, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request, service_linked_role
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.correlations import DAY, Worsened
from trailwarden.examples import Examples, Record, alerts, silent

ON = frozenset({"CreateMembers", "InviteMembers", "StartMonitoringMembers"})


def detect(event: Event) -> Match | None:
    accounts = members(event) or [event.recipient_account_id]
    if event.outcome is not Outcome.REFUSED and event.name.endswith("Members"):
        switch = "on" if event.name in ON else "off"
        kept = [f"{account}: {switch}" for account in accounts if account not in failed(event)]
        return Match(kept, Severity.INFORMATIONAL if event.name in ON else None) if kept else None
    severity = Severity.MEDIUM if "Invitations" in event.name else None
    told = Match(f"{event.name} {', '.join(accounts)}", severity=severity)
    return None if event.name in ON else told


def members(event: Event) -> list[str]:
    """Return the accounts that a request names, by their ids alone or with their addresses."""
    details = event.listed("requestParameters.accountDetails")
    named = (*event.listed("requestParameters.accountIds"), *(dig(d, "accountId") for d in details))
    return [text_of(account) for account in named]


def failed(event: Event) -> set[str]:
    """Return the accounts with which a request came to nothing."""
    return {text_of(dig(item, "accountId")) for item in event.failed_items}


def by_region(event: Event) -> str:
    return f"{event.recipient_account_id}/{event.aws_region}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "guardduty:CreateMembers",
        "guardduty:DeclineInvitations",
        "guardduty:DeleteInvitations",
        "guardduty:DeleteMembers",
        "guardduty:DisassociateFromAdministratorAccount",
        "guardduty:DisassociateFromMasterAccount",
        "guardduty:DisassociateMembers",
        "guardduty:InviteMembers",
        "guardduty:StartMonitoringMembers",
        "guardduty:StopMonitoringMembers",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Associate the account again from the administrator's account. Ask the caller. If "
    "they did not plan it, revoke their access in both accounts and read the member's findings.",
    false_positives="The account is closed, or moves to another organization.",
    correlation=Worsened(
        timespan=400 * DAY,
        group_by=by_region,
        unknown=Severity.CRITICAL,
        unknown_title="GuardDuty account set to be without its administrator",
    ),
    references=["https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_accounts.html"],
)


MEMBER: Fields = {"accountIds": ["444455556666"]}


def examples() -> Examples:
    deleted = call("DeleteMembers", **MEMBER)
    yield alerts("members deleted", deleted, severity=Severity.HIGH, label="444455556666: off")
    yield alerts("members not monitored", call("StopMonitoringMembers", accountIds=["4"]))
    leaves = call("DisassociateFromMasterAccount")
    label = "DisassociateFromMasterAccount 111122223333"
    yield alerts("leaves, in the old words", leaves, label=label)
    declined = request("guardduty:DeclineInvitations", **MEMBER)
    yield alerts("declined", declined, severity=Severity.MEDIUM)
    tried = refused("guardduty:DeleteMembers")
    yield alerts("refused", tried, severity=Severity.MEDIUM)
    error = {"errorCode": "BadRequestException"}
    kept = request("guardduty:DisassociateFromMasterAccount", fields=error)
    yield silent("the organization keeps it", kept)
    for name in sorted(ON):
        yield silent(f"refused, for the better: {name}", refused(f"guardduty:{name}"))
    yield from compared()


def compared() -> Examples:
    apart, deleted = by_aws(call("DisassociateMembers", **MEMBER)), call("DeleteMembers", 2)
    yield silent("apart before, and deleted", apart, deleted)
    yield alerts("apart", call("DisassociateMembers", **MEMBER), label="444455556666: off")
    details: Fields = {"accountDetails": [{"accountId": "444455556666", "email": "x@example.com"}]}
    made = (
        call("CreateMembers", 1, **details),
        call("InviteMembers", 1, **MEMBER),
        call("StartMonitoringMembers", 1, **MEMBER),
    )
    for member in made:
        yield alerts(f"between: {member['eventName']}", apart, member, deleted)
    two = call("DeleteMembers", 2, accountIds=["444455556666", "777788889999"])
    yield alerts("one more", apart, two, label="777788889999: off")
    answer = {"unprocessedAccounts": [{"accountId": "777788889999", "result": "no member"}]}
    yield silent("one more, in vain", apart, {**two, "responseElements": answer})
    yield silent("known for long", apart, call("DeleteMembers", 400))
    yield alerts("known too long ago", apart, call("DeleteMembers", 401))
    yield alerts("of another Region", {**apart, "awsRegion": "eu-west-1"}, deleted)


def by_aws(record: Record) -> Record:
    """Return a request as GuardDuty itself makes it, which only teaches."""
    role = service_linked_role("AWSServiceRoleForAmazonGuardDuty", "guardduty")
    return {**record, "userIdentity": role}


def call(event_name: str, day: float = 0, **parameters: Any) -> Record:
    named = parameters or (MEMBER if event_name.endswith("Members") else {})
    return request(f"guardduty:{event_name}", day=day, detectorId="12abc34d", **named)
