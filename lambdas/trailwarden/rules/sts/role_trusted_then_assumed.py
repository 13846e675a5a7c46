"""Role assumed right after a change of its trust policy.

An intruder makes a role trust a new principal, and then tries the new way in. The rule ignores
changes by pipelines, AWS services, and principals that assumed the role before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    DEPLOYED,
    DEPLOYER,
    OTHER_ACCOUNT,
    USER,
    Fields,
    aws_service,
    request,
    trust,
)
from trailwarden.detection.correlation import Correlation
from trailwarden.detection.observation import Observation
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.document import account_of, statements

CHANGED, ASSUMED = "trust policy changed", "role assumed by "


@dataclass(frozen=True, kw_only=True)
class NewWayIn(Correlation):
    """A change of trust, and a principal after it that did not come before it."""

    within: timedelta
    """How long after the change."""

    daily: ClassVar[bool] = True

    def select(self, observations: Sequence[Observation]) -> Sequence[Observation]:
        """Return the changes with what came in by them."""
        changes = [seen for seen in observations if seen.label.startswith(CHANGED)]
        last: dict[str, datetime] = {}
        hot: set[str] = set()
        for seen in observations:
            before, last[seen.label] = last.get(seen.label), seen.time
            came_before = before is not None and seen.time - before <= self.timespan
            if seen.label.startswith(CHANGED) or came_before:
                continue
            causes = [c for c in changes if timedelta() <= seen.time - c.time <= self.within]
            hot.update(o.origin for o in (*causes, seen) if causes)
        return [seen for seen in observations if seen.origin in hot]

    def concerning(
        self,
        new: Sequence[Observation],
        observations: Sequence[Observation],
        heard: object = None,  # noqa: ARG002 - only the uses themselves count
    ) -> Sequence[Observation]:
        """Return those that add up; what came before `new` has its own past out of sight."""
        oldest = min(new).time - self.within
        return [seen for seen in self.select(observations) if seen.time >= oldest]


def detect(event: Event) -> Match | None:
    role = by_role(event)
    if not role:
        return None
    if event.service == "sts":
        return Match(f"{ASSUMED}{principal(event)}", subject=role)
    changed = f"{CHANGED} at {event.event_time:%Y-%m-%d %H:%M:%S}"
    return Match(changed, subject=role) if trusts_others(event) else None


def principal(event: Event) -> str:
    """Return who assumes the role: a federated one has no ARN, and all of an id counts."""
    identity = event.user_identity
    is_federated = identity.type in {"WebIdentityUser", "SAMLUser"}
    return (is_federated and identity.principal_id) or event.actor


def trusts_others(event: Event) -> bool:
    """Say whether the new policy trusts more than AWS services, as far as it can be read."""
    trusted = [
        principal
        for statement in statements(event.get("requestParameters.policyDocument"))
        for principal in statement.principals
    ]
    return not trusted or any(principal.kind != "service" for principal in trusted)


def by_role(event: Event) -> str:
    """Group by the account and name of the role, because only one of the events has its ARN."""
    arn = event.request("roleArn")
    account = account_of(arn) or event.recipient_account_id
    name = event.request("roleName") or arn.rpartition("/")[2]
    return name and f"{account}/{name}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:UpdateAssumeRolePolicy",
        "sts:AssumeRole",
        "sts:AssumeRoleWithSAML",
        "sts:AssumeRoleWithWebIdentity",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098"], Tactic.PRIVILEGE_ESCALATION: ["T1078.004", "T1484.002"]},
    response="Compare the trust policy of the role with the one before. If nobody can explain the "
    "change, restore it and revoke the role's sessions. Then disable the caller that changed it.",
    false_positives="An administrator lets a colleague in by hand, and the colleague goes in.",
    correlation=NewWayIn(timespan=timedelta(days=14), within=timedelta(hours=1), group_by=by_role),
)

ENVIRONMENT = DEPLOYED
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A1B2"


def examples() -> Examples:
    outsider: Fields = {"type": "AWSAccount", "accountId": OTHER_ACCOUNT, "principalId": "AIDAX"}
    change, subject = changed({"AWS": OTHER_ACCOUNT}), f"{ACCOUNT}/admin"
    yield alerts("an outsider comes in", change, assumed(outsider), subject=subject)
    yield alerts("delivered in the wrong order", assumed(outsider), change)
    own = changed({"AWS": USER["arn"]})
    yield alerts("the caller of the change comes in", own, assumed(USER))
    for name in ("AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"):
        yield alerts(name, change, {**assumed(outsider), "eventName": name})
    yield silent("the role is assumed, then changed", assumed(USER, minute=-5), change)
    yield silent("an AWS service assumes it", change, assumed(aws_service("lambda")))
    for_lambda = changed({"Service": "lambda.amazonaws.com"})
    yield silent("the policy trusts only an AWS service", for_lambda, assumed(USER))
    yield silent("another role is assumed", change, assumed(USER, role="reader"))
    pod, stranger = (
        {"type": "WebIdentityUser", "principalId": f"{PROVIDER}:{name}", "userName": name}
        for name in ("cart", "stranger")
    )
    usual = [assumed(pod, minute=n * 10 - 60 * 24) for n in range(3)]
    yield silent("a pod that came before goes on", *usual, change, assumed(pod))
    long_ago = assumed(pod, minute=-15 * 24 * 60)
    yield alerts("a pod that came weeks ago", long_ago, change, assumed(pod), subject=subject)
    days_ago = assumed(pod, minute=-10 * 24 * 60)
    yield silent("a pod that came days ago", days_ago, change, assumed(pod))
    yield alerts("an outsider beside it", *usual, change, assumed(pod), assumed(outsider))
    yield alerts("another token of its cluster", *usual, change, assumed(stranger))
    yield silent("an outsider two hours later", change, assumed(outsider, minute=120))
    yield silent("the pipeline changes it", changed({"AWS": USER["arn"]}, DEPLOYER), assumed(USER))


def changed(principal: Fields, by: Fields = USER) -> Record:
    document = trust(principal)
    return request("iam:UpdateAssumeRolePolicy", by, roleName="admin", policyDocument=document)


def assumed(by: Fields, *, minute: float = 5, role: str = "admin") -> Record:
    arn = f"arn:aws:iam::{ACCOUNT}:role/teams/{role}"
    return request("sts:AssumeRole", by, minute=minute, roleArn=arn, roleSessionName="s")
