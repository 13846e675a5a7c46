"""Several stacks deleted within minutes by a person.

A stack is a system: its servers, databases and network. Deleting one after the other takes
everything down with a handful of calls.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import Fields, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str | None:
    who = event.user_identity
    is_plain_role = who.is_assumed_role and not who.is_sso_role and not who.is_instance_role
    if not event.succeeded or event.by_automation or is_plain_role:
        return None
    name = event.text("requestParameters.stackName") or event.text("requestParameters.stackSetName")
    return name[-100:] or None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cloudformation:DeleteStack", "cloudformation:DeleteStackSet"],
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1485"]},
    response="Ask whoever it was, at once: deletions can still be stopped by removing permissions "
    "of the credentials. Then deploy again from code, and restore data from backups.",
    false_positives="The clean-up of a trial.",
    correlation=ValueCount(at_least=3, timespan=timedelta(minutes=10), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    yield alerts("three stacks", *(deleted(f"s{n}") for n in range(3)))
    yield silent("two stacks", *(deleted(f"s{n}") for n in range(2)))
    yield silent("one stack, three times", *(deleted("s", minute=n) for n in range(3)))
    pipeline = assumed_role("deploy")
    yield silent("a pipeline three", *(deleted(f"s{n}", who=pipeline) for n in range(3)))


def deleted(stack: str, *, minute: float = 0, who: Fields | None = None) -> Record:
    action, told = "cloudformation:DeleteStack", {"stackName": stack}
    return record(action, who or iam_user("mallory"), minute=minute, requestParameters=told)
