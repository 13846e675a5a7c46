"""Password policy of the account weakened or deleted.

Short passwords without rules can be guessed. A policy is weakened to let in a password that an
intruder has chosen, or by somebody to whom the rules are a nuisance.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, by_account, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record
from trailwarden.cloudtrail.values import Record

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
    if not event.succeeded:
        return None
    if event.name == "DeleteAccountPasswordPolicy":
        return Match("deleted")
    length = event.get("requestParameters.minimumPasswordLength")
    length = length if isinstance(length, int) else 6
    kinds = [kind for kind in KINDS if is_on(event, kind)]
    if length < SHORTEST or (length < LONG and not kinds):
        return Match(f"{length} characters, {len(kinds)} of 4 kinds"[:100])
    return None


def is_on(event: Event, setting: str) -> bool:
    return str(event.get(f"requestParameters.{setting}")).lower() == "true"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:DeleteAccountPasswordPolicy", "iam:UpdateAccountPasswordPolicy"],
    severity=Severity.MEDIUM,
    attack={
        Tactic.DEFENSE_EVASION: ["T1556"],
        Tactic.CREDENTIAL_ACCESS: ["T1556"],
    },
    response="Ask whoever changed it, put the old policy back, and look for passwords that were "
    "set or changed in between.",
    false_positives="Accounts in which nobody has a password.",
    dedup=by_account,
)


def examples() -> Iterator[Example]:
    deleted = record("iam:DeleteAccountPasswordPolicy", iam_user("mallory"))
    yield alerts("deleted", deleted)
    yield alerts("six characters", told(length=6, requireSymbols=True))
    yield alerts("eight characters of any kind", told(length=8))
    unsaid = record("iam:UpdateAccountPasswordPolicy", iam_user("mallory"), requestParameters={})
    yield alerts("whatever IAM makes of nothing", unsaid)
    strong = told(length=8, requireSymbols=True, requireNumbers=True)
    yield silent("eight characters of some kinds", strong)
    yield silent("fourteen characters", told(length=14))
    yield silent("refused", denied("iam:DeleteAccountPasswordPolicy", iam_user("mallory")))


def told(*, length: int, **kinds: bool) -> Record:
    what = {"minimumPasswordLength": length} | kinds
    return record("iam:UpdateAccountPasswordPolicy", iam_user("mallory"), requestParameters=what)
