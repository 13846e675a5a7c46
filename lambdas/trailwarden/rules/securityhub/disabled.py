"""Security Hub coverage turned off.

People read findings in Security Hub. A caller can turn it off, or a standard, a member or a product
in it. The other services still find things, and nobody hears of them.
"""

from typing import Any

from trailwarden import (
    AWS_ITSELF,
    DEPLOYMENT,
    Event,
    Match,
    Outcome,
    Rule,
    Severity,
    Tactic,
    either,
)
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.correlations import DAY, Worsened
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import texts

WHOLLY = frozenset({"DisableSecurityHub", "DisableSecurityHubV2"})
LOST = frozenset({"DisassociateFromAdministratorAccount", "DisassociateFromMasterAccount"})
"""Requests that name nothing, and fail where there is nothing to lose."""
ON = frozenset(
    {
        "BatchEnableStandards",
        "CreateMembers",
        "EnableImportFindingsForProduct",
        "EnableSecurityHubFeatureV2",
    }
)
NAMES = (
    *("standardsSubscriptionArn", "standardsSubscriptionArns", "accountId", "accountIds"),
    *("findingAggregatorArn", "aggregatorV2Arn", "productSubscriptionArn", "featureName"),
)
SET = "Security Hub coverage set to off"


def detect(event: Event) -> Match | None:
    subject, by_code = f"{event.name} {event.aws_region}", event.caller in DEPLOYMENT
    if event.name in WHOLLY:
        return Match(subject, subject=subject, title="Security Hub turned off")
    if event.outcome is Outcome.REFUSED:
        return None
    if event.name in LOST:
        return None if by_code else Match(subject, subject=subject)
    labels = [f"{thing}: {'on' if event.name in ON else 'off'}" for thing in things(event)]
    only_teaches = by_code or event.name in ON
    severity = Severity.INFORMATIONAL if only_teaches else None
    return Match(labels, severity, subject) if labels else None


def things(event: Event) -> list[str]:
    """Return the standards, members, products and features of a request that came to something."""
    asked, answer = event.get("requestParameters"), event.get("responseElements")
    failed = {text for item in event.failed_items for text in texts(item, "accountId")}
    named = texts(asked, *NAMES) or texts(answer, *NAMES) or [event.aws_region]
    return [thing for thing in named if thing not in failed]


def by_region(event: Event) -> str:
    return f"{event.recipient_account_id}/{event.aws_region}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "securityhub:BatchDisableStandards",
        "securityhub:BatchEnableStandards",
        "securityhub:CreateMembers",
        "securityhub:DeleteAggregatorV2",
        "securityhub:DeleteFindingAggregator",
        "securityhub:DeleteMembers",
        "securityhub:DisableImportFindingsForProduct",
        "securityhub:DisableSecurityHub",
        "securityhub:DisableSecurityHubFeatureV2",
        "securityhub:DisableSecurityHubV2",
        "securityhub:DisassociateFromAdministratorAccount",
        "securityhub:DisassociateFromMasterAccount",
        "securityhub:DisassociateMembers",
        "securityhub:EnableImportFindingsForProduct",
        "securityhub:EnableSecurityHubFeatureV2",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Turn it on again. Findings of the time between do not come back, so read them in "
    "GuardDuty and Config. Ask the caller. If they did not plan it, revoke their access.",
    false_positives="The owner gives up a Region, a standard or an account.",
    correlation=Worsened(
        timespan=400 * DAY, group_by=by_region, unknown=Severity.CRITICAL, unknown_title=SET
    ),
    references=[
        "https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-disable.html"
    ],
)


def examples() -> Examples:
    off = "securityhub:DisableSecurityHub"
    yield alerts("off", request(off), subject="DisableSecurityHub us-east-1")
    standard = "arn:aws:securityhub:us-east-1::standards/cis"
    disable = "securityhub:BatchDisableStandards"
    less = request(disable, StandardsSubscriptionArns=[standard])
    yield alerts("a standard", less, label=f"{standard}: off")
    yield alerts("a member", member("DisassociateMembers"), severity=Severity.HIGH)
    yield alerts("refused", refused(off), severity=Severity.MEDIUM)
    yield silent("a refused lesser one", refused(disable))
    not_enabled = {"errorCode": "InvalidAccessException"}
    yield silent("not enabled", request(off, fields=not_enabled))
    yield from compared()


ENVIRONMENT = DEPLOYED


def compared() -> Examples:
    gone = member("DisassociateMembers", DEPLOYER)
    deleted, back = member("DeleteMembers", day=2), added(day=1)
    yield silent("a member of whom code took leave", gone, deleted)
    yield alerts("a member that came back", gone, back, deleted, severity=Severity.HIGH)
    yield alerts("of another Region", {**gone, "awsRegion": "eu-west-1"}, deleted)
    yield alerts("known too long ago", gone, member("DeleteMembers", day=401))
    yield silent("known for long", gone, member("DeleteMembers", day=400))
    kept = {"UnprocessedAccounts": [{"AccountId": "444455556666"}]}
    yield silent("a member that stays", member("DeleteMembers", answer=kept))
    yield silent("a member is added", added())
    two = ["444455556666", "777788889999"]
    partly = request("securityhub:DeleteMembers", AccountIds=two, answer=kept)
    yield alerts("one of two", partly, label="777788889999: off")
    code = request("securityhub:DisassociateFromMasterAccount", DEPLOYER)
    yield silent("an administrator, by code", code)
    master = request("securityhub:DisassociateFromMasterAccount")
    yield alerts("an administrator", master, severity=Severity.HIGH)
    yield from of_standards()


def of_standards() -> Examples:
    cis: Fields = {"StandardsSubscriptionArns": ["arn:aws:securityhub:::subscription/cis"]}
    answer: Fields = {
        "StandardsSubscriptions": [
            {"StandardsSubscriptionArn": cis["StandardsSubscriptionArns"][0]}
        ]
    }
    asked: Fields = {"StandardsSubscriptionRequests": [{"StandardsArn": "arn:aws:::standards/cis"}]}
    enable, disable = "securityhub:BatchEnableStandards", "securityhub:BatchDisableStandards"
    first, again = request(disable, DEPLOYER, **cis), request(disable, day=2, **cis)
    yield silent("a standard, as code has it", first, again)
    on = request(enable, day=1, answer=answer, **asked)
    yield alerts("a standard that was enabled", first, on, again, severity=Severity.HIGH)
    yield silent("a standard is enabled", on)
    product: Fields = {"ProductSubscriptionArn": "arn:aws:securityhub:::product/p"}
    for named, on_again, off_again in (
        (product, "EnableImportFindingsForProduct", "DisableImportFindingsForProduct"),
        ({"FeatureName": "F"}, "EnableSecurityHubFeatureV2", "DisableSecurityHubFeatureV2"),
    ):
        off_now = request(f"securityhub:{off_again}", DEPLOYER, **named)
        sent = {"ProductArn": "arn:aws:p"} if "Product" in on_again else named
        back = request(f"securityhub:{on_again}", day=1, answer=named, **sent)
        last = request(f"securityhub:{off_again}", day=2, **named)
        yield silent(off_again, off_now, last)
        yield alerts(on_again, off_now, back, last, severity=Severity.HIGH)


def member(name: str, by: Fields | None = None, **others: Any) -> Record:
    return request(f"securityhub:{name}", by, AccountIds=["444455556666"], **others)


def added(*, day: float = 0) -> Record:
    details = [{"AccountId": "444455556666"}]
    return request("securityhub:CreateMembers", day=day, AccountDetails=details)
