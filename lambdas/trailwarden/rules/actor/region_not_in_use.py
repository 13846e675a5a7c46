"""Resources created in an unused Region.

Nobody looks at the machines, bills or dashboards of an unused Region. That is why miners and
spammers go there. The rule needs `used_regions`.
"""

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.actions import REGIONAL_CREATIONS


def detect(event: Event) -> Match | None:
    used, region = event.environment.used_regions, event.aws_region
    if not used or not region or region in used:
        return None
    return Match(f"{event.action} in {region}", subject=region)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=REGIONAL_CREATIONS,
    exempt=AWS_ITSELF,
    needs=("used_regions",),
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    story="new use of an account",
    attack={Tactic.DEFENSE_EVASION: ["T1535"]},
    response="Ask the caller for their plan there. If they did not do it, revoke their access and "
    "delete the resources in every unused Region. Then deny those Regions by policy.",
    false_positives="A Region comes into use. Add it to `used_regions`.",
    references=[
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html"
    ],
)

ENVIRONMENT = Environment(used_regions=("us-east-1", "eu-west-1"))


def examples() -> Examples:
    launch, unused = "ec2:RunInstances", "ap-south-1"
    yield alerts("machines", made(launch, unused), subject=unused)
    yield silent("in a used Region", made(launch, "eu-west-1"))
    yield silent("a global service", made("cloudfront:CreateDistribution", unused))
    yield silent("refused", refused(launch, fields={"awsRegion": unused}))


def made(action: str, region: str) -> Record:
    return request(action, fields={"awsRegion": region})
