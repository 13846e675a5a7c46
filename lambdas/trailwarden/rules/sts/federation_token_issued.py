"""Federation token issued for a long-term key.

The token outlives the key: it gives access after the key is deleted. Its permissions are at most
those of the session policy in the request. A session policy that allows everything suggests an
intruder who wants to stay.

What a principal did on three days, from a week ago on, is its routine: that is LOW.
"""

from typing import Any

from trailwarden import NOBODY, Caller, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, ROLE, policy, refused, request, root
from trailwarden.cloudtrail.values import listed, text_of
from trailwarden.correlations import DAY, routine
from trailwarden.examples import Examples, Record, alerts, examples_of_daily, silent
from trailwarden.policy.conditions import Setting, Truth
from trailwarden.policy.escalation import Permissions
from trailwarden.policy.holder import Holder
from trailwarden.policy.managed_policies import Power, power_of

ADMINISTRATORS = frozenset({Power.ADMINISTRATOR, Power.ALMOST, Power.IDENTITY})


def detect(event: Event) -> Match:
    name = event.request("name")
    if session_is_admin(event):
        return Match(f"for {name}, as an administrator", severity=Severity.HIGH)
    return Match(f"for {name}")


def session_is_admin(event: Event) -> bool:
    """Say whether the policies in the request allow everything, or to gain everything."""
    permissions = Permissions(
        event.get("requestParameters.policy"), Holder(setting=Setting.of(event))
    )
    attached = (
        text_of(entry.get("arn") if isinstance(entry, dict) else entry)
        for entry in listed(event.get("requestParameters.policyArns"))
    )
    return (
        permissions.administers is Truth.ALWAYS
        or any(finding.is_plain for finding in permissions.findings)
        or any(power_of(arn) in ADMINISTRATORS for arn in attached)
    )


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:GetFederationToken"],
    exempt=NOBODY,
    callers=frozenset({Caller.ACCESS_KEY, Caller.ROOT}),
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={
        Tactic.PERSISTENCE: ["T1098.001"],
        Tactic.PRIVILEGE_ESCALATION: ["T1548.005", "T1078.004"],
        Tactic.DEFENSE_EVASION: ["T1550.001"],
    },
    response="Ask the owner of the user. If nobody wanted the token, deny the user everything with "
    "an inline policy. Deleting the key does not end the token. Then review its acts.",
    false_positives="An identity broker of your own lets people in with narrow policies.",
    correlation=routine(),
    window=7 * DAY,
)


def examples() -> Examples:
    narrow = token(policy=policy("s3:GetObject", "arn:aws:s3:::a/*"))
    yield alerts("narrow", narrow, severity=Severity.MEDIUM, label="for console")
    yield alerts("everything", token(policy=policy("*")), severity=Severity.HIGH)
    yield alerts("all of IAM", token(policy=policy(["iam:*", "s3:*"])), severity=Severity.HIGH)
    always = {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
    own = token(policy=policy("*", Condition=always))
    yield alerts("everything in the account", own, severity=Severity.HIGH)
    keys = token(policy=policy("iam:CreateAccessKey"))
    yield alerts("keys for others", keys, severity=Severity.HIGH)
    here = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    office = token(policy=policy("*", Condition=here))
    yield alerts("everything, from an office", office, severity=Severity.MEDIUM)
    arn = "iam::aws:policy/AdministratorAccess"
    managed = token(policyArns=[{"arn": f"arn:aws:{arn}"}])
    yield alerts("a managed policy", managed, severity=Severity.HIGH)
    in_china = token(policyArns=[f"arn:aws-cn:{arn}"])
    yield alerts("in another partition", in_china, severity=Severity.HIGH)
    by_root = request("sts:GetFederationToken", root(key="AKIAI44QH8DHBEXAMPLE"), name="root")
    yield alerts("by root", by_root, label="for root")
    attempt = refused("sts:GetFederationToken")
    yield alerts("a refused request", attempt, severity=Severity.LOW)
    yield silent("a refused request of a role", refused("sts:GetFederationToken", ROLE))
    yield from examples_of_daily(narrow, told=Severity.MEDIUM)


def token(**parameters: Any) -> Record:
    return request("sts:GetFederationToken", name="console", durationSeconds=43200, **parameters)
