"""User made administrator by a pipeline.

A pipeline gives rights to roles, and rarely to a user. An intruder who controls the pipeline can
make a user of their own an administrator.
"""

from trailwarden import NOBODY, SUCCEEDED, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    Fields,
    assumed_role,
    execution_role,
    policy,
    request,
)
from trailwarden.environment import Environment
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.iam import administration, attaches_administration, entity_of


def detect(event: Event) -> Match | None:
    if not (administration(event) or attaches_administration(event)):
        return None
    return Match(f"{event.name} for {entity_of(event)}", subject=entity_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:AttachUserPolicy", "iam:PutUserPolicy"],
    exempt=NOBODY,
    callers=frozenset({Caller.PIPELINE, Caller.SERVICE_ROLE}),
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.003"], Tactic.PERSISTENCE: ["T1098.003"]},
    response="Look up the change that the pipeline ran, and ask its author. If nobody approved it, "
    "detach the policy, contain the user, and stop the pipeline.",
    false_positives="A pipeline sets up the first administrator of a new account.",
)

GITHUB = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/ci/deploy",))
PIPELINE = assumed_role("deploy", path="/ci/", webIdFederationData={"federatedProvider": GITHUB})


def examples() -> Examples:
    attach, put = "iam:AttachUserPolicy", "iam:PutUserPolicy"
    managed: Fields = {
        "userName": "bob",
        "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess",
    }
    inline: Fields = {"userName": "bob", "policyName": "p", "policyDocument": policy("*")}
    yield alerts("a managed policy", request(attach, PIPELINE, **managed), subject="user bob")
    stack = request(put, execution_role(), via="cloudformation", **inline)
    yield alerts("an inline policy, by a stack", stack, subject="user bob")
    less: Fields = {**inline, "policyDocument": policy("s3:GetObject")}
    yield silent("other rights", request(put, PIPELINE, **less))
    yield silent("by a user", request(attach, **managed))
    absent = {"errorCode": "NoSuchEntityException"}
    yield silent("a user who is not there", request(attach, PIPELINE, **managed, fields=absent))
