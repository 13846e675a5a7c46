"""Code signing of a Lambda function switched off.

With code signing, a function takes only code that a known signer approved. An intruder takes that
away before they replace the code.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import texts

WARNS = "Code signing of Lambda functions set to warn only"
POLICY = "untrustedArtifactOnDeployment"


def detect(event: Event) -> Match | None:
    parameters = event.get("requestParameters")
    thing = next(iter(texts(parameters, "functionName", "codeSigningConfigArn")), "")
    if event.name.startswith("Delete"):
        return Match(thing, subject=thing)
    warns = "Warn" in texts(parameters, POLICY)
    return Match(thing, subject=thing, title=WARNS) if warns else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "lambda:DeleteCodeSigningConfig",
        "lambda:DeleteFunctionCodeSigningConfig",
        "lambda:UpdateCodeSigningConfig",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"], Tactic.PERSISTENCE: ["T1525"]},
    response="Switch it on again. Ask the caller, and compare the function's code with its source.",
    false_positives="An engineer tests unsigned code by hand.",
)


def examples() -> Examples:
    gone = request("lambda:DeleteFunctionCodeSigningConfig20200630", functionName="pay")
    yield alerts("a function's", gone, subject="pay", label="pay")
    arn = "arn:aws:lambda:us-east-1:111122223333:code-signing-config:csc-1"
    for policy, story in (("Warn", alerts), ("Enforce", silent)):
        policies = {POLICY: policy}
        update = "lambda:UpdateCodeSigningConfig20200630"
        changed = request(update, codeSigningConfigArn=arn, codeSigningPolicies=policies)
        yield story(f"set to {policy}", changed)
    whole = request("lambda:DeleteCodeSigningConfig20200630", codeSigningConfigArn=arn)
    yield alerts("the whole configuration", whole, subject=arn)
    yield silent("refused", refused("lambda:DeleteFunctionCodeSigningConfig20200630"))
