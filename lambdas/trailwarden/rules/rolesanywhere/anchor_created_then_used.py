"""New trust anchor opened a role for the first time.

The holder of a certificate of the new authority got the credentials of a role. An intruder makes an
authority of an own to come back without users and keys. The first use counts for three months. A
holder who goes on from the same network is no news.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, DEPLOYED, DEPLOYER, USER, Fields, request
from trailwarden.correlations import DAY
from trailwarden.detection.first_entry import FirstEntry
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.uses import from_place

MADE, USED = "trust anchor changed", "session opened by it"


def detect(event: Event) -> Match | None:
    anchor = anchor_of(event)
    if event.name != "CreateSession":
        return Match(MADE, subject=anchor) if anchor else None
    holder = event.answer("subjectArn").rpartition("/")[2]
    used = f"{USED} as {holder}" if holder else USED
    return Match(from_place(used, event), subject=anchor) if anchor else None


def anchor_of(event: Event) -> str:
    """Return the id of the trust anchor that a request makes, changes or comes by."""
    given = event.request("trustAnchorArn") or event.answer("trustAnchor.trustAnchorArn")
    return given.rpartition("/")[2] or event.request("trustAnchorId")


def by_anchor(event: Event) -> str:
    """Group by the account and the trust anchor."""
    return f"{event.recipient_account_id}/{anchor_of(event)}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "rolesanywhere:CreateSession",
        "rolesanywhere:CreateTrustAnchor",
        "rolesanywhere:EnableTrustAnchor",
        "rolesanywhere:UpdateTrustAnchor",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098.001", "T1556"], Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Ask the principal that made it whose authority it is. If nobody knows, delete the "
    "trust anchor, revoke the sessions of the role, and review their acts.",
    false_positives="The first server of a planned set-up.",
    correlation=FirstEntry(made=MADE, goes_on=True, timespan=90 * DAY, group_by=by_anchor),
    dedup=by_anchor,
)

ENVIRONMENT = DEPLOYED
SINCE = " from 198.51.0.0/16, since 2025-06-02 12:00"
ID = "a1b2c3d4-0000-4000-8000-000000000000"
ARN = f"arn:aws:rolesanywhere:us-east-1:{ACCOUNT}:trust-anchor/{ID}"


def examples() -> Examples:
    made = created()
    yield alerts("a server comes in", opened(), made, subject=ID, label=f"{USED}{SINCE}")
    yield alerts("days later", made, opened(day=6))
    for name in ("EnableTrustAnchor", "UpdateTrustAnchor"):
        changed = request(f"rolesanywhere:{name}", trustAnchorId=ID)
        yield alerts(name, changed, opened(), subject=ID)
    yield alerts("months later", made, opened(day=90), label=f"{USED}{SINCE}")
    yield silent("after more than three months", made, opened(day=91))
    named = {**opened(), "responseElements": {"subjectArn": f"{ARN}:subject/7f"}}
    yield alerts("a holder with a name", made, named, label=f"{USED} as 7f{SINCE}")
    late = request("rolesanywhere:UpdateTrustAnchor", day=3, trustAnchorId=ID)
    yield silent("a server that goes on", opened(), late, opened(day=4))
    elsewhere = {**opened(day=4), "sourceIPAddress": "203.0.113.9"}
    yield alerts("a server elsewhere", opened(), late, elsewhere)
    yield silent("another trust anchor", made, opened(anchor=f"{ARN}x"))
    yield silent("the pipeline made it", created(DEPLOYER), opened())
    yield silent("the use comes first", opened(), late)
    wrong = {**opened(), "errorCode": "AccessDeniedException"}
    yield silent("a certificate that opens nothing", made, wrong)


def created(by: Fields = USER) -> Record:
    named: Fields = {"name": "servers", "source": {"sourceType": "CERTIFICATE_BUNDLE"}}
    answer = {"trustAnchor": {"trustAnchorId": ID, "trustAnchorArn": ARN}}
    return request("rolesanywhere:CreateTrustAnchor", by, answer=answer, **named)


def opened(*, day: float = 1, anchor: str = ARN) -> Record:
    holder: dict[str, Any] = {"type": "Unknown", "accountId": ACCOUNT}
    role = f"arn:aws:iam::{ACCOUNT}:role/admin"
    named: Fields = {"trustAnchorArn": anchor, "roleArn": role, "durationSeconds": 3600}
    return request("rolesanywhere:CreateSession", holder, day=day, **named)
