"""Identity tokens for outside services issued.

With outbound federation, STS signs tokens that vendors and other clouds trust. A stolen session
turns into access there, which no permission in this account limits.
"""

from trailwarden import AWS_ITSELF, PROGRAMS, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, function, refused, request
from trailwarden.cloudtrail.values import text_of
from trailwarden.examples import Examples, alerts, silent

ENABLED = "Identity tokens for outside services allowed"


def detect(event: Event) -> Match | None:
    if event.name == "EnableOutboundWebIdentityFederation":
        return Match(f"account {event.recipient_account_id}", Severity.HIGH, title=ENABLED)
    if event.caller in PROGRAMS:
        return None
    audience = ", ".join(map(text_of, event.listed("requestParameters.audience")))
    return Match(f"for {audience}", subject=audience)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:EnableOutboundWebIdentityFederation", "sts:GetWebIdentityToken"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.LOW,
    attack={
        Tactic.PERSISTENCE: ["T1098"],
        Tactic.CREDENTIAL_ACCESS: ["T1606"],
        Tactic.LATERAL_MOVEMENT: ["T1550.001"],
    },
    response="Ask the caller which service takes the tokens. If nobody knows it, switch outbound "
    "federation off, and search the logs of that service for the account's subjects.",
    false_positives="The set-up of a connection to another cloud. Programs get tokens all day.",
    references=[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_outbound.html"
    ],
)


def examples() -> Examples:
    enable, get = "iam:EnableOutboundWebIdentityFederation", "sts:GetWebIdentityToken"
    yield alerts("allowed", request(enable), severity=Severity.HIGH, label="account 111122223333")
    audience = "https://vault.example"
    token: Fields = {"audience": [audience], "signingAlgorithm": "RS256"}
    issued = request(get, **token)
    label = f"for {audience}"
    yield alerts("a token", issued, severity=Severity.LOW, subject=audience, label=label)
    yield silent("a program's", request(get, function("sync", "sync"), **token))
    yield alerts("refused", refused(get), severity=Severity.LOW)
