"""Layer added to a Lambda function outside of a deployment.

A layer is code that loads before the function's own, with the function's role and secrets. It
changes the function's acts, while the reviewed code stays the same.
"""

from collections.abc import Mapping
from typing import Any

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, request
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.aws_accounts import LAYER_PUBLISHERS
from trailwarden.policy.document import account_of
from trailwarden.services.lambda_function import function_of

FOREIGN = "Layer of an unknown account added to a Lambda function"
VENDORS = frozenset({"451483290750", "464622532012"})
"""New Relic and Datadog, whose documentation tells everyone to use their public layers."""


def detect(event: Event) -> Match | None:
    added = [text_of(dig(entry, "arn")) or text_of(entry) for entry in layers(event)]
    function = function_of(event)
    foreign = next((layer for layer in added if is_foreign(layer, event)), "")
    if foreign:
        label = f"{function} loads {foreign}"
        return Match(label, severity=Severity.HIGH, subject=function, title=FOREIGN)
    others = [layer for layer in added if layer and account_of(layer) not in LAYER_PUBLISHERS]
    return Match(f"{function} loads {others[0]}", subject=function) if others else None


def layers(event: Event) -> list[Any]:
    """Return the layers in the request; in the answer, where the request shows no change at all."""
    parameters = event.get("requestParameters")
    changes = set(parameters) - {"functionName"} if isinstance(parameters, Mapping) else set()
    return event.listed("requestParameters.layers" if changes else "responseElements.layers")


def is_foreign(layer: str, event: Event) -> bool:
    """Say whether an account owns the layer that is neither known nor a usual publisher."""
    account = account_of(layer)
    is_usual = account in LAYER_PUBLISHERS or account in VENDORS
    return bool(account) and not is_usual and not event.knows_account(account)


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


def examples() -> Examples:
    foreign, own, vendor = map(layer, (OTHER_ACCOUNT, ACCOUNT, "464622532012"))
    high, medium = Severity.HIGH, Severity.MEDIUM
    label = f"orders loads {foreign}"
    added = changed(layers=[own, foreign])
    yield alerts("a foreign layer", added, severity=high, subject="orders", label=label)
    yield alerts("an own layer", changed(layers=[own]), severity=medium, subject="orders")
    yield alerts("a vendor's layer", changed(layers=[vendor]), severity=medium)
    answer = {"layers": [{"arn": own, "codeSize": 1}]}
    yield alerts("only the answer tells", changed(answer), label=f"orders loads {own}")
    for account in ("580247275435", "066940009817", "187925254637"):
        yield silent(f"a layer of AWS, {account}", changed(layers=[layer(account)]))
    yield silent("another setting of a function with a layer", changed(answer, timeout=30))


def layer(account: str) -> str:
    return f"arn:aws:lambda:us-east-1:{account}:layer:tools:1"


def changed(answer: Fields | None = None, **parameters: Any) -> Record:
    action = "lambda:UpdateFunctionConfiguration20150331v2"
    return request(action, answer=answer, functionName="orders", **parameters)
