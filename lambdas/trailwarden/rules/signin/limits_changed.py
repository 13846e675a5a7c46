"""Limits of console sign-in changed.

A policy of AWS Sign-In says from which networks people reach the console of an account. Without it
a stolen password works everywhere. A new statement may lock everybody out but its author.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    DEPLOYED,
    DEPLOYER,
    ROOT,
    Fields,
    refused,
    request,
)
from trailwarden.examples import Examples, alerts, silent

SET = "PutResourcePermissionStatement"
TITLES = {
    "DeleteConsoleAuthorizationConfiguration": "Limits of console sign-in switched off",
    "DeleteResourcePermissionStatement": "Limit of console sign-in removed",
    SET: "Limit of console sign-in set",
}
PLACES = ("sourceIp", "vpcSourceIp", "sourceVpc", "signinSourceVpce", "consoleSourceVpce")


def detect(event: Event) -> Match:
    account, name = event.recipient_account_id, event.name
    if name == SET:
        places = [place for each in PLACES if (place := event.request(each))]
        label = f"{account} from {', '.join(places) or 'nowhere'}"
        spared = event.request("excludedPrincipal")
        label = f"{label}, but for {spared}" if spared else label
        return Match(label, Severity.MEDIUM, account, TITLES[name])
    statement = event.request("statementId", "targetId") or "all"
    return Match(f"{statement} of {account}", subject=account, title=TITLES[name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"signin:{name}" for name in TITLES],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"], Tactic.PERSISTENCE: ["T1556.009"]},
    response="Ask the caller for the change request. Without one, set the former statements again "
    "by `aws signin`, which needs no console. Then review the sign-ins since.",
    false_positives="An office that moves. Name the role that sets the statements in "
    "`deploy_roles`.",
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    gone: Fields = {"statementId": "st-1"}
    off, remove, _ = (f"signin:{name}" for name in TITLES)
    removed = request(remove, ROOT, **gone)
    yield alerts("removed by root", removed, severity=Severity.HIGH, label=f"st-1 of {ACCOUNT}")
    yield alerts("switched off", request(off), label=f"all of {ACCOUNT}", subject=ACCOUNT)
    target = request(off, targetId="444455556666")
    yield alerts("of a member account", target, label=f"444455556666 of {ACCOUNT}")
    for place in PLACES:
        where: Fields = {place: "x"}
        limited = request(f"signin:{SET}", **where)
        yield alerts(f"by {place}", limited, severity=Severity.MEDIUM, label=f"{ACCOUNT} from x")
    arn = f"arn:aws:iam::{ACCOUNT}:user/eve"
    spared = request(f"signin:{SET}", sourceIp="203.0.113.9", excludedPrincipal=arn)
    label = f"{ACCOUNT} from 203.0.113.9, but for {arn}"
    yield alerts("all but one principal", spared, label=label)
    yield alerts("refused", refused(remove), severity=Severity.MEDIUM)
    yield silent("a pipeline", request(remove, DEPLOYER, **gone))
