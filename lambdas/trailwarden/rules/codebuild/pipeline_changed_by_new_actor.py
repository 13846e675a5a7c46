"""Delivery pipeline changed by a new principal.

A pipeline's source and trigger decide which code reaches production. Few principals change them,
always the same.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, USER, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent

ACTS = {
    "CreateCommit": "File of a repository changed past git by a new principal",
    "CreateConnection": "Connection to a repository created by a new principal",
    "CreatePipeline": "Delivery pipeline created by a new principal",
    "CreateWebhook": "Webhook of a CodeBuild project created by a new principal",
    "PublishPackageVersion": "Package published by a new principal",
    "PutFile": "File of a repository changed past git by a new principal",
    "PutPackageOriginConfiguration": "Origins of a package changed by a new principal",
    "PutJobSuccessResult": "Job of a delivery pipeline approved by a new principal",
    "UpdatePipeline": "Delivery pipeline changed by a new principal",
    "UpdateWebhook": "Webhook of a CodeBuild project changed by a new principal",
}


def detect(event: Event) -> Match:
    subject = event.request(
        "pipeline.name", "projectName", "connectionName", "jobId", "package", "repositoryName"
    )
    return Match(event.actor, subject=subject, title=ACTS[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "codeartifact:PublishPackageVersion",
        "codeartifact:PutPackageOriginConfiguration",
        "codebuild:CreateWebhook",
        "codebuild:UpdateWebhook",
        "codecommit:CreateCommit",
        "codecommit:PutFile",
        "codeconnections:CreateConnection",
        "codepipeline:CreatePipeline",
        "codepipeline:PutJobSuccessResult",
        "codepipeline:UpdatePipeline",
        "codestar-connections:CreateConnection",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.INITIAL_ACCESS: ["T1195.002"], Tactic.PERSISTENCE: ["T1098"]},
    response="Compare the pipeline's source and webhook with their definition. If nobody explains "
    "the change, undo it and deploy again from a commit that you trust.",
    false_positives="A new colleague or a new pipeline.",
    correlation=first_use(by_account, days=90),
    told_by="actor.new_builder",
)


def examples() -> Examples:
    usual = hooked(ROLE, day=0)
    yield alerts("a new principal", usual, hooked(USER, day=7), subject="app")
    pipeline = request("codepipeline:UpdatePipeline", day=8, pipeline={"name": "release"})
    yield alerts("a pipeline", usual, pipeline, subject="release")
    file: Fields = {"repositoryName": "app", "branchName": "main", "filePath": "buildspec.yml"}
    edited = request("codecommit:PutFile", day=8, **file, fileContent="***")
    yield alerts("what builds", usual, edited, subject="app")
    named: Fields = {"domain": "acme", "repository": "libs", "format": "npm", "package": "ui"}
    published = request(
        "codeartifact:PublishPackageVersion",
        day=8,
        **named,
        packageVersion="9.9.9",
        assetName="a.tgz",
        assetContent="***",
        assetSHA256="0" * 64,
    )
    yield alerts("a package", usual, published, subject="ui")
    yield silent("the usual one", usual, hooked(ROLE, day=8))
    yield silent("in the first week", usual, hooked(USER, day=6))


def hooked(by: Fields, *, day: int) -> Record:
    return request("codebuild:CreateWebhook", by, day=day, projectName="app")
