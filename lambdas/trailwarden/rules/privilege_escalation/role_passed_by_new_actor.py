"""Role passed to a kind of service by a new principal.

A principal that passes a role to a job, a build or a notebook acts as that role. So does one that
adds a step to a cluster, or a component to devices, which have roles. People and
pipelines use the same services every time. A new one is a way around their own permissions.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, USER, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    return Match(f"{event.actor} to {event.service}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "apprunner:CreateService",
        "apprunner:UpdateService",
        "codebuild:CreateProject",
        "codebuild:UpdateProject",
        "elasticmapreduce:AddJobFlowSteps",
        "glue:CreateJob",
        "glue:CreateSession",
        "glue:UpdateJob",
        "greengrass:CreateDeployment",
        "imagebuilder:CreateInfrastructureConfiguration",
        "imagebuilder:UpdateInfrastructureConfiguration",
        "sagemaker:CreateAutoMLJob",
        "sagemaker:CreateDomain",
        "sagemaker:CreateModel",
        "sagemaker:CreateNotebookInstance",
        "sagemaker:CreateProcessingJob",
        "sagemaker:CreateTrainingJob",
        "sagemaker:CreateUserProfile",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005"], Tactic.EXECUTION: ["T1059", "T1610"]},
    response="Look at the role and its permissions. If nobody explains it, stop the run and revoke "
    "the role's sessions. Then read the role's acts.",
    false_positives="Colleagues and pipelines that begin to use a service.",
    correlation=first_use(by_account, days=60),
    told_by="actor.new_builder",
    references=["https://pathfinding.cloud/"],
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    usual = passed("codebuild:CreateProject", DEPLOYER, day=0)
    build, job = "codebuild:CreateProject", "glue:CreateJob"
    yield alerts("a new principal", usual, passed(build, USER, day=7))
    function = passed("lambda:CreateFunction20150331", USER, day=0)
    yield alerts("the first one of its account", function, passed(job, USER, day=7))
    step = passed("elasticmapreduce:AddJobFlowSteps", USER, day=7)
    yield alerts("a step of a cluster, which has its role already", usual, step)
    known = passed(job, USER, day=0)
    yield silent("the usual service", known, passed("glue:UpdateJob", USER, day=8))
    yield silent("in the first week", usual, passed(job, USER, day=6))
    yield silent("a function", known, passed("lambda:CreateFunction20150331", USER, day=8))


def passed(action: str, by: Fields, *, day: int) -> Record:
    return request(action, by, day=day)
