"""Layer added to a Lambda function outside of a deployment.

A layer is code that loads before the function's own, with the function's role and secrets. It
changes the function's acts, while the reviewed code stays the same.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from trailwarden import (
    DEPLOYMENT,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    either,
    silent,
)
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, request
from trailwarden.cloudtrail.values import Record, dig, text_of
from trailwarden.policy.document import account_of
from trailwarden.services.lambda_function import function_of

FOREIGN = "Layer of an unknown account added to a Lambda function"
PUBLISHERS = frozenset(
    {
        "017000801446",  # Powertools for AWS Lambda (Python)
        "094274105915",  # Powertools for AWS Lambda (TypeScript)
        "177933569100",  # AWS Parameters and Secrets extension
        "027255383542",  # AWS AppConfig extension
        "336392948345",  # AWS SDK for pandas
        "451483290750",  # New Relic
        "464622532012",  # Datadog
        "580247275435",  # Lambda Insights
        "901920570463",  # AWS Distro for OpenTelemetry
    }
)
"""Accounts whose public layers their documentation tells everyone to use."""


def detect(event: Event) -> Match | None:
    added = [text_of(dig(entry, "arn")) or text_of(entry) for entry in layers(event)]
    function = function_of(event)
    foreign = next((layer for layer in added if is_foreign(layer, event)), "")
    if foreign:
        label = f"{function} loads {foreign}"
        return Match(label, severity=Severity.HIGH, subject=function, title=FOREIGN)
    return Match(f"{function} loads {added[0]}", subject=function) if any(added) else None


def layers(event: Event) -> list[Any]:
    """Return the layers in the request; in the answer, where the request shows no change at all."""
    parameters = event.get("requestParameters")
    changes = set(parameters) - {"functionName"} if isinstance(parameters, Mapping) else set()
    return event.listed("requestParameters.layers" if changes else "responseElements.layers")


def is_foreign(layer: str, event: Event) -> bool:
    """Say whether an account owns the layer that is neither known nor a usual publisher."""
    account = account_of(layer)
    return bool(account) and account not in PUBLISHERS and not event.knows_account(account)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["lambda:UpdateFunctionConfiguration", "lambda:CreateFunction"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1525", "T1574"], Tactic.INITIAL_ACCESS: ["T1195.002"]},
    response="Find out who published the layer, and read its code. If nobody wanted it, remove it "
    "from the function. Then rotate every secret that the function can read.",
    false_positives="A developer tries out a layer by hand. A vendor's layer: name its account in "
    "`trusted_accounts`.",
)


def examples() -> Iterator[Example]:
    foreign, own, insights = map(layer, (OTHER_ACCOUNT, ACCOUNT, "580247275435"))
    high, medium = Severity.HIGH, Severity.MEDIUM
    label = f"orders loads {foreign}"
    added = changed(layers=[own, foreign])
    yield alerts("a foreign layer", added, severity=high, subject="orders", label=label)
    yield alerts("an own layer", changed(layers=[own]), severity=medium, subject="orders")
    yield alerts("a publisher's layer", changed(layers=[insights]), severity=medium)
    answer = {"layers": [{"arn": own, "codeSize": 1}]}
    yield alerts("only the answer tells", changed(answer), label=f"orders loads {own}")
    yield silent("another setting of a function with a layer", changed(answer, timeout=30))


def layer(account: str) -> str:
    return f"arn:aws:lambda:us-east-1:{account}:layer:tools:1"


def changed(answer: Fields | None = None, **parameters: Any) -> Record:
    action = "lambda:UpdateFunctionConfiguration20150331v2"
    return request(action, answer=answer, functionName="orders", **parameters)
