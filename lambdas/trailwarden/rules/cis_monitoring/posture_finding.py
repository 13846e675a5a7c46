"""Configuration check failed.

Config and ECR report wrong settings and vulnerable images. That is work to do rather than an
attack. Some teams want to hear of it in the same place.
"""

from trailwarden import ATTEMPTED, NOBODY, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.examples import Examples, Record, alerts, silent

SEVERE = ("CRITICAL", "HIGH")
IMAGE = "Vulnerable container image found"


def detect(event: Event) -> Match | None:
    if event.name == "PutEvaluations":
        verdicts = event.listed("requestParameters.evaluations")
        bad = [one for one in verdicts if dig(one, "complianceType") == "NON_COMPLIANT"]
        resources = ", ".join(text_of(dig(one, "complianceResourceId")) for one in bad)
        return Match(f"not compliant: {resources}") if bad else None
    findings = event.listed("responseElements.imageScanFindings.findings")
    severe = any(dig(one, "severity") in SEVERE for one in findings)
    image = event.request("repositoryName")
    return Match(f"image {image}", subject=image, title=IMAGE) if severe else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["config:PutEvaluations", "ecr:DescribeImageScanFindings"],
    exempt=NOBODY,
    outcome=ATTEMPTED,
    severity=Severity.INFORMATIONAL,
    attack={Tactic.DISCOVERY: ["T1580"], Tactic.EXECUTION: ["T1204.003"]},
    response="Hand the finding to the team that owns the resource.",
    false_positives="The team knows and accepts the finding.",
    mode=Mode.OFF,
)


def examples() -> Examples:
    yield alerts("a resource", evaluated("NON_COMPLIANT"), label="not compliant: bucket")
    yield alerts("an image", scanned("HIGH"), subject="app")
    yield silent("a compliant resource", evaluated("COMPLIANT"))
    yield silent("an image with lesser findings", scanned("LOW"))


def evaluated(verdict: str) -> Record:
    evaluation = {"complianceType": verdict, "complianceResourceId": "bucket"}
    return request("config:PutEvaluations", resultToken="HIDDEN", evaluations=[evaluation])


def scanned(severity: str) -> Record:
    answer = {"imageScanFindings": {"findings": [{"severity": severity}]}}
    action = "ecr:DescribeImageScanFindings"
    return request(action, repositoryName="app", imageId={}, answer=answer)
