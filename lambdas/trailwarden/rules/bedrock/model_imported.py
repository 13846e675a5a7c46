"""Custom or marketplace model brought into Bedrock by a person.

A model is code from somewhere else, as a container image is. One that was tampered with answers
wrongly on purpose, and an endpoint for it costs by the hour.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, denied, iam_user, record


def detect(event: Event) -> Match | None:
    who = event.user_identity
    is_plain_role = who.is_assumed_role and not who.is_sso_role
    if not event.succeeded or event.by_automation or is_plain_role:
        return None
    told = "requestParameters"
    source = event.text(f"{told}.modelDataSource.s3DataSource.s3Uri")
    named = source or event.text(f"{told}.modelSourceIdentifier") or event.text(f"{told}.modelArn")
    return Match(f"{event.name} {named[-60:]}".strip(), subject=named)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "bedrock:CreateCustomModelDeployment",
        "bedrock:CreateMarketplaceModelEndpoint",
        "bedrock:CreateModelImportJob",
        "bedrock:RegisterMarketplaceModelEndpoint",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1525"], Tactic.INITIAL_ACCESS: ["T1195"]},
    response="Ask whoever it was where the model comes from and who owns the bucket. If they know "
    "nothing of it, delete the model and its endpoint.",
    false_positives="Data scientists who work in the console.",
)


def examples() -> Iterator[Example]:
    source = {"s3DataSource": {"s3Uri": "s3://models-of-somebody/llama/"}}
    told = {"jobName": "import", "importedModelName": "llama", "modelDataSource": source}
    action = "bedrock:CreateModelImportJob"
    yield alerts("a user imports", record(action, iam_user("mallory"), requestParameters=told))
    pipeline = assumed_role("mlops", "pipeline")
    yield silent("a pipeline does", record(action, pipeline, requestParameters=told))
    yield silent("a refusal", denied(action, iam_user("mallory")))
