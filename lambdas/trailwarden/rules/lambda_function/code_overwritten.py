"""Lambda function's code replaced by a person.

Code reaches production through a pipeline. Somebody who uploads it by hand, with a key or from
the console, can make the function's role do anything without asking IAM for it.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    Fields,
    assumed_role,
    aws_service,
    denied,
    iam_user,
    record,
    sso_user,
)
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str | None:
    if not event.succeeded or event.by_automation or not by_person(event):
        return None
    if event.get("requestParameters.dryRun") is True:
        return None
    return event.text("requestParameters.functionName")[-100:] or "a function"


def by_person(event: Event) -> bool:
    """Say whether a user acted, or a session that people have: of the console or of SSO."""
    who = event.user_identity
    by_console = str(event.get("sessionCredentialFromConsole")).lower() == "true"
    return who.type in {"IAMUser", "Root", "FederatedUser"} or who.is_sso_role or by_console


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["lambda:UpdateFunctionCode"],
    severity=Severity.MEDIUM,
    attack={
        Tactic.PERSISTENCE: ["T1525"],
        Tactic.EXECUTION: ["T1648"],
        Tactic.RESOURCE_DEVELOPMENT: ["T1584.007"],
    },
    response="Ask whoever it was. If they know nothing of it, deploy the function again from its "
    "repository, disable the key or session, and review what the function's role did.",
    false_positives="Quick fixes in the console; pipelines that still run as an IAM user: name "
    "theirs in `deploy_roles`.",
)


def examples() -> Iterator[Example]:
    yield alerts("a user uploads code", uploaded(iam_user("mallory")))
    yield alerts("somebody of SSO does", uploaded(sso_user("alice@example.com")))
    yield silent("only a dry run", uploaded(iam_user("mallory"), dryRun=True))
    yield silent("a pipeline's role", uploaded(assumed_role("deploy", "GitHubActions")))
    yield silent("a stack", uploaded(aws_service("cloudformation")))
    yield silent("a refusal", denied("lambda:UpdateFunctionCode20150331v2", iam_user("mallory")))


def uploaded(who: Fields, *, dryRun: bool = False) -> Record:  # noqa: N803 - CloudTrail's word
    told = {"functionName": "orders", "publish": False, "dryRun": dryRun}
    return record("lambda:UpdateFunctionCode20150331v2", who, requestParameters=told)
