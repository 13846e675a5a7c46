"""Bedrock model invoked with a long-term access key.

Programs on AWS invoke models with a role. Keys that never expire end up in repositories, and
stolen model use is sold by the hour: it is what many found keys are tried for first.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, denied, iam_user, record


def detect(event: Event) -> str | None:
    stays = event.succeeded and event.user_identity.uses_long_term_key
    return event.text("requestParameters.modelId")[-100:] if stays else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "bedrock:InvokeModel",
        "bedrock:InvokeModelWithResponseStream",
        "bedrock:Converse",
        "bedrock:ConverseStream",
    ],
    where={"userIdentity": {"accessKeyId": [{"prefix": "AKIA"}]}},
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1496.004"]},
    response="Ask the key's owner whether their program uses models. If not, disable the key and "
    "look for further use of it in every Region.",
    false_positives="A program outside AWS that has no other credentials: an alert a month.",
    window=timedelta(days=30),
)


def examples() -> Iterator[Example]:
    told = {"modelId": "anthropic.claude-3-haiku-20240307-v1:0"}
    for name in ("InvokeModel", "ConverseStream"):
        action = f"bedrock:{name}"
        yield alerts(name, record(action, iam_user("mallory"), requestParameters=told))
    role = assumed_role("chat", "chat")
    yield silent("a role", record("bedrock:InvokeModel", role, requestParameters=told))
    yield silent("a refusal", denied("bedrock:InvokeModel", iam_user("mallory")))
