"""Change of IAM hidden by its size.

CloudTrail leaves out the parameters of a request that is too large. Blanks without meaning make a
request that large. The log then shows that something changed, and hides the change.
"""

from trailwarden import ATTEMPTED, AWS_ITSELF, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, policy, refused, request
from trailwarden.examples import Examples, alerts, silent

LARGE_BY_NATURE = frozenset({"CreateSAMLProvider", "UpdateSAMLProvider"})


def detect(event: Event) -> Match | None:
    return None if event.name in LARGE_BY_NATURE else Match(event.name)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:*"],
    where={"requestParameters": {"omitted": [True]}},
    exempt=AWS_ITSELF,
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Look at IAM itself: find the policies of users and roles that changed at that time. "
    "Undo the change, and disable the credentials that sent it.",
    false_positives="None known; without its blanks no document of IAM is that large.",
)


def examples() -> Examples:
    reason = "requestParameters too large"
    omitted: Fields = {"omitted": True, "reason": reason, "originalSize": 131072}
    put = "iam:PutUserPolicy"
    yield alerts("a policy", request(put, **omitted), label="PutUserPolicy")
    yield silent("SAML metadata", request("iam:UpdateSAMLProvider", **omitted))
    kept: Fields = {"userName": "bob", "policyName": "p", "policyDocument": policy("*")}
    yield silent("a policy that is recorded", request(put, **kept))
    yield silent("refused, without parameters", refused(put))
