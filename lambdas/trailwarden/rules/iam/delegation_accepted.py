"""Temporary access of a partner accepted.

A partner asks for permissions in this account for some hours, and one call accepts that. An
intruder accepts an own request, and works with credentials that no list of users or roles shows.
"""

from collections.abc import Mapping

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, alerts, silent

STEPS: Mapping[str, Fields] = {
    "iam:AcceptDelegationRequest": {"delegationRequestId": "dr-1"},
    "iam:AssociateDelegationRequest": {"delegationRequestId": "dr-1"},
    "iam:SendDelegationToken": {"delegationRequestId": "dr-1"},
    "iam:UpdateDelegationRequest": {"delegationRequestId": "dr-1"},
    "sts:GetDelegatedAccessToken": {"tradeInToken": "HIDDEN_DUE_TO_SECURITY_REASONS"},
}
TITLES = {
    "AssociateDelegationRequest": "Request of a partner for access taken on",
    "GetDelegatedAccessToken": "Temporary access of a partner used",
    "SendDelegationToken": "Temporary access of a partner handed out",
    "UpdateDelegationRequest": "Request of a partner for access changed",
}
LESSER = ("AssociateDelegationRequest", "UpdateDelegationRequest")


def detect(event: Event) -> Match:
    delegation = event.request("delegationRequestId")
    severity = Severity.LOW if event.name in LESSER else None
    label = f"{event.name} {delegation}".strip()
    return Match(label, severity, delegation, TITLES.get(event.name, ""))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*STEPS],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1098"], Tactic.INITIAL_ACCESS: ["T1199"]},
    response="Ask the caller which partner it is, and read what the request allows. If nobody "
    "knows it, reject the request, and look for acts of the partner's sessions.",
    false_positives="The set-up of a partner's product.",
    references=[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies-temporary-delegation.html"
    ],
)


def examples() -> Examples:
    for action, parameters in STEPS.items():
        severity = Severity.LOW if action.endswith(LESSER) else Severity.MEDIUM
        yield alerts(action, request(action, **parameters), severity=severity)
    accept = "iam:AcceptDelegationRequest"
    accepted = request(accept, **STEPS[accept])
    yield alerts("accepted", accepted, subject="dr-1", label="AcceptDelegationRequest dr-1")
    yield silent("refused", refused(accept))
