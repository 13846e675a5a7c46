"""Password policy of the account weakened.

Short passwords without rules are easy to guess. An intruder weakens the policy to set a password of
their choice. Some people weaken it because the rules annoy them.
"""

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.correlations import DAY, by_account
from trailwarden.detection.worsened import Worsened, state
from trailwarden.examples import Examples, Record, alerts, silent

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
UNKNOWN = "Weak password policy set for the account"


def detect(event: Event) -> Match | None:
    if event.name == "DeleteAccountPasswordPolicy":
        return Match("deleted", title="Password policy of the account deleted")
    length = event.get("requestParameters.minimumPasswordLength")
    length = length if isinstance(length, int) and not isinstance(length, bool) else 6
    kinds = len(KINDS) if length >= LONG else sum(is_on(event, kind) for kind in KINDS)
    old = event.get("requestParameters.passwordReusePrevention")
    return Match(
        state(
            strong=length >= SHORTEST and kinds > 0,
            length=length,
            kinds_of_characters=kinds or "left off",
            old_passwords_remembered=old if isinstance(old, int) else "left off",
        )
    )


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
    attack={Tactic.DEFENSE_EVASION: ["T1556"], Tactic.CREDENTIAL_ACCESS: ["T1556"]},
    response="Ask the caller, and put the old policy back. Look for passwords that were set or "
    "changed in between.",
    false_positives="Accounts in which nobody has a password.",
    correlation=Worsened(
        timespan=400 * DAY, group_by=by_account, unknown=Severity.MEDIUM, unknown_title=UNKNOWN
    ),
    dedup=by_account,
)


def examples() -> Examples:
    delete = "iam:DeleteAccountPasswordPolicy"
    yield alerts("six characters", kept(6, 1), severity=Severity.MEDIUM)
    label = "strong: off; length: 8; kinds of characters: left off"
    of_any_kind = f"{label}; old passwords remembered: left off"
    yield alerts("eight characters of any kind", kept(8, 0), label=of_any_kind)
    bare = {**request("iam:UpdateAccountPasswordPolicy"), "requestParameters": {}}
    yield alerts("the defaults of IAM", bare)
    yield alerts("deleted", request(delete), label="deleted")
    yield alerts("shorter than before", kept(16, 4), kept(10, 4, day=90))
    yield alerts("fewer kinds than before", kept(10, 4), kept(10, 2, day=1))
    yield alerts("a short one for a long one", kept(14, 0), kept(8, 2, day=1))
    used = kept(12, 4, passwordReusePrevention=24)
    yield alerts("old passwords may come again", used, kept(12, 4, day=1))
    yield silent("eight characters of some kinds", kept(8, 2))
    yield silent("fourteen characters", kept(14, 0))
    yield silent("longer than before", kept(8, 4), kept(16, 0, day=1))
    yield silent("the same again", kept(10, 4), kept(10, 4, day=1))
    yield silent("a refused request", refused(delete))


def kept(length: int, kinds: int, *, day: float = 0, **more: int) -> Record:
    """Return a policy of so many characters and kinds of them."""
    settings: Fields = dict.fromkeys(KINDS[:kinds], True) | more
    update = "iam:UpdateAccountPasswordPolicy"
    return request(update, day=day, minimumPasswordLength=length, **settings)
