"""Change of IAM whose parameters CloudTrail left out.

CloudTrail drops the parameters of a request that is too large. Blanks that mean nothing make a
request that large, so that the log says that something was done, but not what.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, policy, record
from trailwarden.cloudtrail.values import Record

LARGE_BY_NATURE = frozenset({"CreateSAMLProvider", "UpdateSAMLProvider"})


def detect(event: Event) -> Match | None:
    if not event.omits_parameters or event.name in LARGE_BY_NATURE:
        return None
    return Match(event.name[:60])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:*"],
    where={"requestParameters": {"omitted": [True]}},
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Look at what the request changed in IAM itself: the policies of the users and roles "
    "that were changed at that time. Undo it, and disable the credentials that sent it.",
    false_positives="None known; IAM takes no document that is that large without its blanks.",
)


def examples() -> Iterator[Example]:
    left_out = {"omitted": True, "reason": "requestParameters too large", "originalSize": 131072}
    yield alerts("a policy", told("PutUserPolicy", left_out))
    yield silent("SAML metadata", told("UpdateSAMLProvider", left_out))
    kept = {"userName": "bob", "policyName": "p", "policyDocument": policy("*")}
    yield silent("a policy that is kept", told("PutUserPolicy", kept))
    yield silent("refused, without parameters", denied("iam:PutUserPolicy", iam_user("mallory")))


def told(name: str, parameters: dict[str, Any]) -> Record:
    return record(f"iam:{name}", iam_user("mallory"), requestParameters=parameters)
