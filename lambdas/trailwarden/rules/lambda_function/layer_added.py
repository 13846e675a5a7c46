"""Layer added to a Lambda function by hand, or from an unknown account.

A layer is code that is loaded before the function's own, with the function's role and everything
it decrypts. It changes what a function does while its code, and its review, stay the same.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    Fields,
    assumed_role,
    denied,
    iam_user,
    record,
    sso_user,
)
from trailwarden.cloudtrail.values import Record, dig, text_of
from trailwarden.policy.document import account_of

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
    if not event.succeeded or event.by_automation:
        return None
    added = [text_of(dig(entry, "arn")) or text_of(entry) for entry in layers(event)]
    function = event.text("requestParameters.functionName").rpartition(":function:")[2]
    foreign = next((layer for layer in added if is_foreign(layer, event)), "")
    if foreign:
        return Match(f"{function[:50]} loads {foreign[-70:]}", Severity.HIGH, subject=function)
    if not any(added) or not by_person(event):
        return None
    return Match(f"{function[:50]} loads {added[0][-70:]}", subject=function)


def layers(event: Event) -> list[Any]:
    """Return the layers in the request; in the answer, where the request shows no change at all."""
    told = event.get("requestParameters")
    changes = set(told) - {"functionName"} if isinstance(told, Mapping) else set()
    return event.listed("requestParameters.layers" if changes else "responseElements.layers")


def is_foreign(layer: str, event: Event) -> bool:
    """Say whether an account owns the layer that is neither known nor a usual publisher."""
    account = account_of(layer)
    return bool(account) and account not in PUBLISHERS and not event.knows_account(account)


def by_person(event: Event) -> bool:
    """Say whether a user acted, or a session that people have: of the console or of SSO."""
    who = event.user_identity
    by_console = str(event.get("sessionCredentialFromConsole")).lower() == "true"
    return who.type in {"IAMUser", "Root", "FederatedUser"} or who.is_sso_role or by_console


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["lambda:UpdateFunctionConfiguration", "lambda:CreateFunction"],
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1525", "T1574"], Tactic.INITIAL_ACCESS: ["T1195.002"]},
    response="Find out who published the layer and what is in it. If nobody asked for it, remove "
    "it from the function, and rotate every secret that the function can read.",
    false_positives="Developers who try out a layer by hand; the layer of a vendor: name its "
    "account in `trusted_accounts`.",
)


def examples() -> Iterator[Example]:
    foreign, own, insights = map(layer, (OTHER_ACCOUNT, ACCOUNT, "580247275435"))
    alice, pipeline = sso_user("alice@example.com"), assumed_role("deploy", "GitHubActions")
    yield alerts("a foreign layer", changed(pipeline, {"layers": [own, foreign]}))
    yield alerts("a layer by hand", changed(alice, {"layers": [own]}))
    answer = {"layers": [{"arn": own, "codeSize": 1}]}
    yield alerts("only the answer tells", changed(alice, {}, responseElements=answer))
    yield silent("a pipeline's layer", changed(pipeline, {"layers": [own, insights]}))
    timeout = changed(alice, {"timeout": 30}, responseElements=answer)
    yield silent("another setting of a function with a layer", timeout)
    refused = denied("lambda:UpdateFunctionConfiguration20150331v2", iam_user("mallory"))
    yield silent("a refusal", refused)


def layer(account: str) -> str:
    return f"arn:aws:lambda:us-east-1:{account}:layer:tools:1"


def changed(who: Fields, told: Fields, **fields: Any) -> Record:
    action = "lambda:UpdateFunctionConfiguration20150331v2"
    request = {"functionName": "orders"} | told
    return record(action, who, requestParameters=request, **fields)
