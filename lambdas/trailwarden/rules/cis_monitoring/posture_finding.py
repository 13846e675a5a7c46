"""Check of the configuration or of an image found something wrong.

Config and ECR report what is not as it should be. That is work to do rather than an attack, but
some teams want to hear of it in the same place.
"""

from collections.abc import Iterator, Mapping

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, iam_user, record

SEVERE = ("CRITICAL", "HIGH")


def detect(event: Event) -> str:
    if event.name == "PutEvaluations":
        told = event.listed("requestParameters.evaluations")
        verdicts = [one.get("complianceType") for one in told if isinstance(one, Mapping)]
        return "not compliant" if "NON_COMPLIANT" in verdicts else ""
    findings = event.listed("responseElements.imageScanFindings.findings")
    found = [one.get("severity") for one in findings if isinstance(one, Mapping)]
    image = event.text("requestParameters.repositoryName")[:80]
    return f"vulnerable image {image}" if any(one in SEVERE for one in found) else ""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["config:PutEvaluations", "ecr:DescribeImageScanFindings"],
    severity=Severity.INFORMATIONAL,
    attack={
        Tactic.DISCOVERY: ["T1580"],
        Tactic.EXECUTION: ["T1204.003"],
    },
    response="Hand the finding to the team that owns the resource.",
    false_positives="Findings that the team knows and accepts.",
    mode=Mode.OFF,
)


def examples() -> Iterator[Example]:
    checker, ci = assumed_role("config-rule"), iam_user("ci")
    put, scan = "config:PutEvaluations", "ecr:DescribeImageScanFindings"
    bad = {"evaluations": [{"complianceType": "NON_COMPLIANT"}]}
    yield alerts("a resource is not compliant", record(put, checker, requestParameters=bad))
    answer = {"imageScanFindings": {"findings": [{"severity": "HIGH"}]}}
    yield alerts("an image is vulnerable", record(scan, ci, responseElements=answer))
    good = {"evaluations": [{"complianceType": "COMPLIANT"}]}
    yield silent("a resource is compliant", record(put, checker, requestParameters=good))
    low = {"imageScanFindings": {"findings": [{"severity": "LOW"}]}}
    yield silent("an image is all but fine", record(scan, ci, responseElements=low))
