"""Findings of Access Analyzer silenced.

The analyzer tells when a bucket, key or role opens to outsiders. Without it, or with a rule that
archives its findings, nobody hears of the next one.
"""

from trailwarden import AWS_ITSELF, DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import values

ACTS = {
    "DeleteAnalyzer": "Access Analyzer deleted",
    "CreateArchiveRule": "Archive rule of Access Analyzer created",
    "UpdateArchiveRule": "Archive rule of Access Analyzer changed",
    "ApplyArchiveRule": "Findings of Access Analyzer archived",
    "UpdateAnalyzer": "Access Analyzer set to leave things out",
    "UpdateFindings": "Findings of Access Analyzer archived by hand",
}

BY_CODE = {
    "CreateArchiveRule": None,
    "DeleteAnalyzer": Severity.LOW,
    "UpdateAnalyzer": None,
    "UpdateArchiveRule": None,
}
"""How bad it is what infrastructure code does, which never touches the findings themselves."""

CONFIG = "requestParameters.configuration"


def detect(event: Event) -> Match | None:
    if event.name == "UpdateFindings" and event.request("status") != "ARCHIVED":
        return None
    if event.name == "UpdateAnalyzer" and not any(values(event.get(CONFIG), "exclusions")):
        return None
    severity = None
    if event.caller in DEPLOYMENT:
        severity = BY_CODE.get(event.name, Severity.MEDIUM)
        if severity is None:
            return None
    arn = event.request("analyzerArn")
    analyzer = event.request("analyzerName") or arn.rpartition("/")[2]
    return Match(f"{event.name} of {analyzer}", severity, analyzer, ACTS[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "access-analyzer:ApplyArchiveRule",
        "access-analyzer:CreateArchiveRule",
        "access-analyzer:DeleteAnalyzer",
        "access-analyzer:UpdateAnalyzer",
        "access-analyzer:UpdateArchiveRule",
        "access-analyzer:UpdateFindings",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Ask the caller. If it was not intended, create the analyzer again or delete the "
    "rule. Then look for resources that became public in the meantime.",
    false_positives="An engineer archives findings of intended access by hand.",
)


ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    name, rule = "organization", "accepted"
    deleted = request("access-analyzer:DeleteAnalyzer", analyzerName=name)
    yield alerts("the analyzer is deleted", deleted, subject=name)
    by_code = {**deleted, "userIdentity": DEPLOYER}
    yield alerts("deleted by code", by_code, severity=Severity.LOW)
    for event_name in ("CreateArchiveRule", "UpdateArchiveRule"):
        action = f"access-analyzer:{event_name}"
        made = request(action, analyzerName=name, ruleName=rule, filter={})
        yield alerts(event_name, made)
        yield silent(f"{event_name} by code", {**made, "userIdentity": DEPLOYER})
    arn = f"arn:aws:access-analyzer:us-east-1:111122223333:analyzer/{name}"
    for left_out, story in (([{"accountIds": ["111122223333"]}], alerts), ([], silent)):
        unused = {"unusedAccess": {"analysisRule": {"exclusions": left_out}}}
        change = "access-analyzer:UpdateAnalyzer"
        changed = request(change, analyzerName=name, configuration=unused)
        yield story(f"leaves out {left_out}", changed)
    update = "access-analyzer:UpdateFindings"
    archived = request(update, analyzerArn=arn, status="ARCHIVED", ids=["f"])
    yield alerts("archived by hand", archived, subject=name)
    yield alerts(
        "archived by a pipeline", {**archived, "userIdentity": DEPLOYER}, severity=Severity.MEDIUM
    )
    applied = request("access-analyzer:ApplyArchiveRule", analyzerArn=arn, ruleName=rule)
    yield alerts("a rule is applied", applied, subject=name)
    yield silent("back to active", request(update, analyzerArn=arn, status="ACTIVE", ids=["f"]))
    attempt = refused("access-analyzer:DeleteAnalyzer")
    yield alerts("refused", attempt, severity=Severity.LOW)
    yield silent("refused, for what findings", refused(update))
