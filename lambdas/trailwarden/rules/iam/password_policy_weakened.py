"""Password policy of the account weakened.

Short passwords without rules are easy to guess. An intruder weakens the policy to set a password of
their choice. Some people weaken it because the rules annoy them.
"""

from collections.abc import Iterator

from trailwarden import (
    AWS_ITSELF,
    SUCCEEDED,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import refused, request

SHORTEST = 8
"""The length that AWS demands where an account sets no policy."""
LONG = 14
"""From here on length makes up for missing kinds of characters."""
KINDS = (
    "requireSymbols",
    "requireNumbers",
    "requireUppercaseCharacters",
    "requireLowercaseCharacters",
)


def detect(event: Event) -> Match | None:
    if event.name == "DeleteAccountPasswordPolicy":
        return Match("deleted", title="Password policy of the account deleted")
    length = event.get("requestParameters.minimumPasswordLength")
    length = length if isinstance(length, int) else 6
    kinds = [kind for kind in KINDS if is_on(event, kind)]
    if length < SHORTEST or (length < LONG and not kinds):
        return Match(f"{length} characters, {len(kinds)} of 4 kinds")
    return None


def is_on(event: Event, setting: str) -> bool:
    return str(event.get(f"requestParameters.{setting}")).lower() == "true"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:DeleteAccountPasswordPolicy", "iam:UpdateAccountPasswordPolicy"],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={
        Tactic.DEFENSE_EVASION: ["T1556"],
        Tactic.CREDENTIAL_ACCESS: ["T1556"],
    },
    response="Ask the caller, and put the old policy back. Look for passwords that were set or "
    "changed in between.",
    false_positives="Accounts in which nobody has a password.",
    dedup=by_account,
)


def examples() -> Iterator[Example]:
    update, delete = "iam:UpdateAccountPasswordPolicy", "iam:DeleteAccountPasswordPolicy"
    short = request(update, minimumPasswordLength=6, requireSymbols=True)
    yield alerts("six characters", short, label="6 characters, 1 of 4 kinds")
    yield alerts("eight characters of any kind", request(update, minimumPasswordLength=8))
    yield alerts("the defaults of IAM", {**request(update), "requestParameters": {}})
    yield alerts("deleted", request(delete), label="deleted")
    strong = request(update, minimumPasswordLength=8, requireSymbols=True, requireNumbers=True)
    yield silent("eight characters of some kinds", strong)
    yield silent("fourteen characters", request(update, minimumPasswordLength=14))
    yield silent("a refused request", refused(delete))
