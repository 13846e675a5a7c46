"""DNS records changed by a new principal.

An intruder who changes DNS takes over mail and web traffic, and gets certificates for the name. In
most accounts the same few principals change it.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, USER, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import texts, values


def detect(event: Event) -> Match:
    sets = list(values(event.get("requestParameters"), "resourceRecordSet"))
    takes_over = any(kind in {"NS", "MX"} for held in sets for kind in texts(held, "type"))
    is_wild = any(name.startswith(("*", "\\052")) for held in sets for name in texts(held, "name"))
    severity = Severity.HIGH if takes_over or is_wild else None
    return Match(event.actor, severity)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "route53:ChangeResourceRecordSets",
        "route53:DeleteResourceRecordSetProtections",
        "route53:CreateHostedZone",
        "route53:DeleteHostedZone",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.RESOURCE_DEVELOPMENT: ["T1584.002", "T1583.001"]},
    response="Ask the caller for the reason, and compare the records with their earlier values. If "
    "it was not them, put the records back and disable the credentials.",
    false_positives="A new colleague or controller.",
    correlation=first_use(by_account, days=90),
    told_by="actor.new_builder",
)


def examples() -> Examples:
    usual = changed(ROLE, "A", day=0)
    yield alerts("a new principal", usual, changed(USER, "A", day=7), severity=Severity.MEDIUM)
    yield alerts("a new one, for mail", usual, changed(USER, "MX", day=7), severity=Severity.HIGH)
    yield silent("the usual one", usual, changed(ROLE, "A", day=8))
    yield silent("in the first week", usual, changed(USER, "A", day=6))


def changed(by: Fields, kind: str, *, day: int) -> Record:
    entry = {"name": "www.example.com", "type": kind, "tTL": 60}
    batch = {"changes": [{"action": "UPSERT", "resourceRecordSet": entry}]}
    action = "route53:ChangeResourceRecordSets"
    return request(action, by, day=day, hostedZoneId="Z0123456789", changeBatch=batch)
