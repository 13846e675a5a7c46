"""Access Analyzer deleted, or its findings archived.

The analyzer tells when a bucket, key or role opens to outsiders. Without it, or with a rule that
archives what it finds, nobody hears of the next one.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    analyzer = event.text("requestParameters.analyzerName")[:60]
    what = "deleted" if event.name == "DeleteAnalyzer" else "archives findings"
    return Match(f"{analyzer} {what}".strip(), subject=analyzer)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "access-analyzer:DeleteAnalyzer",
        "access-analyzer:CreateArchiveRule",
        "access-analyzer:UpdateArchiveRule",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Ask whoever did it. If it was not meant, create the analyzer again or delete the "
    "rule, and look at what became public in the meantime.",
    false_positives="An archive rule for access that is meant, made by hand.",
)


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("the analyzer is deleted", done("DeleteAnalyzer", mallory))
    yield alerts("findings are archived", done("CreateArchiveRule", mallory))
    yield silent("the pipeline", done("DeleteAnalyzer", assumed_role("deploy")))
    yield silent("a refusal", denied("access-analyzer:DeleteAnalyzer", mallory))


def done(name: str, who: Fields) -> Record:
    request = {"analyzerName": "organization"}
    return record(f"access-analyzer:{name}", who, requestParameters=request)
