"""Role assumed right after a change of its trust policy.

An intruder makes a role trust a new principal, and then tries the new way in. The rule ignores
changes by pipelines, AWS services, and principals that assumed the role before.

A principal that the new policy names may wait for a week. Then it is MEDIUM.
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
    ROLE,
    USER,
    Fields,
    aws_service,
    request,
    trust,
)
from trailwarden.correlations import DAY, HOUR
from trailwarden.detection.correlation import Correlation
from trailwarden.detection.observation import Observation
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.document import account_of, statements

CHANGED, NAMED, ASSUMED = "trust policy changed", "trust given to ", "role assumed by "
MOST = 20
"""How many principals of one policy are remembered by their names."""


@dataclass(frozen=True, kw_only=True)
class NewWayIn(Correlation):
    """A change of trust, and a principal after it that did not come before it."""

    within: timedelta
    """How long after the change."""

    named_within: timedelta
    """How long after a change that names the principal."""

    daily: ClassVar[bool] = True

    def select(self, observations: Sequence[Observation]) -> Sequence[Observation]:
        """Return the changes with what came in by them."""
        changes = [seen for seen in observations if seen.label.startswith(CHANGED)]
        last: dict[str, datetime] = {}
        hot: set[str] = set()
        late: dict[str, Observation] = {}
        for seen in observations:
            before, last[seen.label] = last.get(seen.label), seen.time
            came_before = before is not None and seen.time - before <= self.timespan
            if seen.label.startswith((CHANGED, NAMED)) or came_before:
                continue
            if causes := _before(seen, changes, self.within):
                hot.update(o.origin for o in (*causes, seen))
            elif causes := _before(seen, _naming(seen, observations), self.named_within):
                since = f"{seen.label}, whom the policy names since {causes[0].time:%Y-%m-%d %H:%M}"
                late[seen.origin] = seen._replace(label=since, severity=Severity.MEDIUM)
        return [
            late.get(seen.origin, seen)
            for seen in observations
            if seen.origin in hot or seen.origin in late
        ]

    def concerning(
        self,
        new: Sequence[Observation],
        observations: Sequence[Observation],
        heard: object = None,  # noqa: ARG002 - only the uses themselves count
    ) -> Sequence[Observation]:
        """Return those that add up; what came before `new` has its own past out of sight."""
        oldest = min(new).time - self.named_within
        return [seen for seen in self.select(observations) if seen.time >= oldest]


def _before(
    seen: Observation, changes: Sequence[Observation], within: timedelta
) -> Sequence[Observation]:
    return [c for c in changes if timedelta() <= seen.time - c.time <= within]


def _naming(seen: Observation, observations: Sequence[Observation]) -> Sequence[Observation]:
    """Return the changes that name who assumes the role."""
    name = f"{NAMED}{seen.label.removeprefix(ASSUMED)}"
    return [other for other in observations if other.label == name]


def detect(event: Event) -> Match | None:
    role = by_role(event)
    if not role:
        return None
    if event.service == "sts":
        return Match(f"{ASSUMED}{principal(event)}", subject=role)
    changed = f"{CHANGED} at {event.event_time:%Y-%m-%d %H:%M:%S}"
    named = [f"{NAMED}{arn}" for arn in named_in(event)][:MOST]
    return Match([changed, *named], subject=role) if trusts_others(event) else None


def principal(event: Event) -> str:
    """Return who assumes the role: a federated one has no ARN, and all of an id counts."""
    identity = event.user_identity
    is_federated = identity.type in {"WebIdentityUser", "SAMLUser"}
    return (is_federated and identity.principal_id) or event.actor


def named_in(event: Event) -> Sequence[str]:
    """Return the ARNs of the users and roles that the new policy trusts by name."""
    trusted = (
        principal.id
        for statement in statements(event.get("requestParameters.policyDocument"))
        if statement.allows
        for principal in statement.principals
    )
    return [arn for arn in dict.fromkeys(trusted) if ":user/" in arn or ":role/" in arn]


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
    correlation=NewWayIn(
        timespan=timedelta(days=14), within=HOUR, named_within=7 * DAY, group_by=by_role
    ),
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
    medium, week = Severity.MEDIUM, 7 * 24 * 60
    label = f"{ASSUMED}{USER['arn']}, whom the policy names since 2025-06-02 12:00"
    yield alerts("within the hour", own, assumed(USER, minute=60), severity=Severity.HIGH)
    later = assumed(USER, minute=61)
    yield alerts("one that it names, later", own, later, severity=medium, label=label)
    yield alerts("a week later", own, assumed(USER, minute=week), severity=medium)
    yield silent("more than a week later", own, assumed(USER, minute=week + 1))
    named = [assumed(USER, minute=minute) for minute in (-60, 180)]
    yield silent("one that it names, and that came before", own, *named)
    yield silent("one that it does not name, later", own, assumed(ROLE, minute=61))
    mate = changed({"AWS": [USER["arn"], ROLE["sessionContext"]["sessionIssuer"]["arn"]]})
    yield alerts("a role, later", mate, assumed(ROLE, minute=61), severity=medium)
    yield silent("the pipeline changes it", changed({"AWS": USER["arn"]}, DEPLOYER), assumed(USER))


def changed(principal: Fields, by: Fields = USER) -> Record:
    document = trust(principal)
    return request("iam:UpdateAssumeRolePolicy", by, roleName="admin", policyDocument=document)


def assumed(by: Fields, *, minute: float = 5, role: str = "admin") -> Record:
    arn = f"arn:aws:iam::{ACCOUNT}:role/teams/{role}"
    return request("sts:AssumeRole", by, minute=minute, roleArn=arn, roleSessionName="s")
