"""Foreign model brought into Bedrock.

A model comes from somewhere else, as a container image does. A manipulated model gives wrong
answers on purpose, and its endpoint costs money every hour.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, ROLE, refused, request
from trailwarden.examples import Examples, alerts, silent

ACTS = {
    "CreateCustomModelDeployment": "Custom model deployed in Bedrock",
    "CreateMarketplaceModelEndpoint": "Marketplace model deployed in Bedrock",
    "CreateModelImportJob": "Custom model imported into Bedrock",
    "RegisterMarketplaceModelEndpoint": "Marketplace model registered in Bedrock",
}


def detect(event: Event) -> Match:
    model = event.request("modelDataSource.s3DataSource.s3Uri", "modelSourceIdentifier", "modelArn")
    return Match(model, subject=model, title=ACTS[event.name])


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
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1525"], Tactic.INITIAL_ACCESS: ["T1195"]},
    response="Ask the caller for the model's source and the owner of its bucket. If they did not "
    "bring it in, delete the model and its endpoint.",
    false_positives="A data scientist tries a model out. A pipeline does so: name its role in "
    "`deploy_roles`.",
)


def examples() -> Examples:
    bucket, deploy = "s3://models-of-somebody/llama/", "bedrock:CreateCustomModelDeployment"
    imported = request(
        "bedrock:CreateModelImportJob",
        jobName="import",
        importedModelName="llama",
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/import",
        modelDataSource={"s3DataSource": {"s3Uri": bucket}},
    )
    yield alerts("imported", imported, subject=bucket, label=bucket)
    arn = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:custom-model/llama"
    deployed = request(deploy, ROLE, modelArn=arn, modelDeploymentName="llama")
    yield alerts("deployed by a role", deployed, subject=arn)
    hub = "arn:aws:sagemaker:us-east-1:aws:hub-content/SageMakerPublicHub/Model/llama/1.0.0"
    endpoint = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:endpoint/llama"
    registered = request(
        "bedrock:RegisterMarketplaceModelEndpoint",
        endpointIdentifier=endpoint,
        modelSourceIdentifier=hub,
    )
    yield alerts("of the marketplace", registered, subject=hub)
    yield silent("a refused request", refused(deploy))
