"""Access changed by a workflow of its own.

EventBridge Scheduler and Step Functions call any API with a role of their own. A schedule that
makes keys or attaches policies does so again after each clean-up.
"""

import re
from collections.abc import Iterator
from typing import Any

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import texts
from trailwarden.services.severe_acts import SEVERE_ACTS

CALL = re.compile(r":aws-sdk:(\w+):(\w+)")
"""How a schedule's target, and a task of a workflow, name a call of an API."""
SDK_NAMES = {"accessanalyzer": "access-analyzer", "ssoadmin": "sso"}
"""Services whose name in an SDK is not that of their events."""
MORE = ("iam:CreateRole", "lambda:CreateFunctionUrlConfig", "sts:AssumeRole")
SEVERE = frozenset(act.lower() for act in (*SEVERE_ACTS, *MORE))


def detect(event: Event) -> Match | None:
    calls = [act for text in texts_of(event) for act in acts_in(text) if act.lower() in SEVERE]
    if not calls:
        return None
    name = event.request("name", "stateMachineArn").rpartition(":")[2]
    act = " ".join(filter(None, (event.action, name)))
    return Match(f"{act} calls {calls[0]}", subject=name)


def texts_of(event: Event) -> list[str]:
    """Return the texts of a request that name calls: a target's ARN, a workflow's definition."""
    return texts(event.get("requestParameters"), "arn", "definition")


def acts_in(text: str) -> Iterator[str]:
    """Yield each call that a text names, as an event: `iam:createAccessKey`."""
    for service, call in CALL.findall(text):
        yield f"{SDK_NAMES.get(service, service)}:{call}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "scheduler:CreateSchedule",
        "scheduler:UpdateSchedule",
        "states:CreateStateMachine",
        "states:TestState",
        "states:UpdateStateMachine",
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={
        Tactic.PERSISTENCE: ["T1546", "T1098"],
        Tactic.PRIVILEGE_ESCALATION: ["T1546"],
        Tactic.EXECUTION: ["T1648"],
    },
    response="Delete the schedule or workflow, and its keys, users and policies. Ask "
    "the caller. If they do not know of it, disable their credentials first.",
    false_positives="A workflow of operations that an engineer makes by hand. Name the roles that "
    "deploy.",
    references=[
        "https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html"
    ],
)

ENVIRONMENT = DEPLOYED
WORKFLOW = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:nightly"


def examples() -> Examples:
    key = "iam:createAccessKey"
    label = f"scheduler:CreateSchedule s calls {key}"
    yield alerts("a key", scheduled(key), severity=Severity.HIGH, subject="s", label=label)
    again = scheduled("iam:attachUserPolicy", "UpdateSchedule")
    yield alerts("a policy", again, subject="s")
    for action, parameters in WORKFLOWS.items():
        body: Fields = {**parameters, "definition": definition("ssoadmin:createAccountAssignment")}
        yield alerts(action, request(action, **body))
        hidden: Fields = {**parameters, "definition": "HIDDEN_DUE_TO_SECURITY_REASONS"}
        yield silent(f"{action}, hidden", request(action, **hidden))
    yield silent("instances that stop in the evening", scheduled("ec2:stopInstances"))
    yield silent("a pipeline", scheduled(key, by=DEPLOYER))
    tried = refused("scheduler:CreateSchedule", **SCHEDULE, target={"arn": target(key)})
    yield alerts("refused", tried, severity=Severity.MEDIUM)


ROLE: Fields = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/run"}
SCHEDULE: dict[str, Any] = {
    "name": "s",
    "scheduleExpression": "rate(1 day)",
    "flexibleTimeWindow": {"mode": "OFF"},
}
WORKFLOWS: dict[str, Fields] = {
    "states:CreateStateMachine": {"name": "nightly"} | ROLE,
    "states:TestState": ROLE,
    "states:UpdateStateMachine": {"stateMachineArn": WORKFLOW},
}


def target(call: str) -> str:
    return f"arn:aws:scheduler:::aws-sdk:{call}"


def scheduled(call: str, name: str = "CreateSchedule", by: Fields | None = None) -> Record:
    return request(f"scheduler:{name}", by, **SCHEDULE, target={"arn": target(call)} | ROLE)


def definition(call: str) -> str:
    return f'{{"States": {{"A": {{"Resource": "arn:aws:states:::aws-sdk:{call}"}}}}}}'
