"""Database security group of the old kind changed.

Security groups inside RDS belong to a network that AWS has closed. No team needs to change them any
more. An open one exposes the databases behind it.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match:
    group, block = event.request("dBSecurityGroupName"), event.request("cIDRIP")
    opens = event.name.startswith("Authorize") and block.endswith("/0")
    severity = Severity.HIGH if opens else None
    return Match(f"{event.name} {group} {block}".strip(), severity=severity, subject=group)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "rds:AuthorizeDBSecurityGroupIngress",
        "rds:CreateDBSecurityGroup",
        "rds:DeleteDBSecurityGroup",
        "rds:RevokeDBSecurityGroupIngress",
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"]},
    response="Ask the caller for the purpose of the change. Undo it if it opens a database to "
    "addresses that are not yours.",
    false_positives="A very old script.",
    references=[
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.RDSSecurityGroups.html"
    ],
)


def examples() -> Examples:
    group: Fields = {"dBSecurityGroupName": "databases"}
    everyone = "0.0.0.0/0"
    opened = request("rds:AuthorizeDBSecurityGroupIngress", **group, cIDRIP=everyone)
    yield alerts("opened to the world", opened, severity=Severity.HIGH, subject="databases")
    closed = request("rds:RevokeDBSecurityGroupIngress", **group, cIDRIP=everyone)
    yield alerts("closed to the world", closed, severity=Severity.MEDIUM)
    yield alerts("a refused request", refused("rds:CreateDBSecurityGroup"), severity=Severity.LOW)
    failed = request("rds:CreateDBSecurityGroup", fields={"errorCode": "ThrottlingException"})
    yield silent("a failed request", failed)
