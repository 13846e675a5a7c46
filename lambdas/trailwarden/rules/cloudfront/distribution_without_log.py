"""Access log of a distribution switched off.

The log is the only record of requests from outside. An intruder who changes what a distribution
serves switches it off first. Every request says it, so the rule compares it with the last one.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.correlations import DAY
from trailwarden.detection.worsened import Worsened, state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.rds import is_false, is_true

CONFIGURATIONS = ("distributionConfig", "distributionConfigWithTags.distributionConfig")


def detect(event: Event) -> Match | None:
    kept = [event.get(f"requestParameters.{path}.logging.enabled") for path in CONFIGURATIONS]
    if any(map(is_true, kept)):
        return Match(state(access_log=True), subject=distribution_of(event))
    is_off = any(map(is_false, kept))
    return Match(state(access_log="left off"), subject=distribution_of(event)) if is_off else None


def distribution_of(event: Event) -> str:
    return event.request("id") or event.answer("distribution.id")


def by_distribution(event: Event) -> str:
    return f"{event.recipient_account_id}/{distribution_of(event)}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cloudfront:CreateDistribution",
        "cloudfront:CreateDistributionWithTags",
        "cloudfront:UpdateDistribution",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Switch the log on again. Ask the caller. Compare the origins and functions of the "
    "distribution with those before.",
    false_positives="A team moves to the newer logs of CloudWatch, or saves the cost.",
    correlation=Worsened(timespan=400 * DAY, group_by=by_distribution),
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    on, off = changed(enabled=True), changed(enabled=False, day=399)
    yield alerts("switched off", on, off, severity=Severity.MEDIUM, subject="E1")
    logged: Fields = {"distributionConfig": {"logging": {"enabled": True}}}
    made: Fields = {"answer": {"distribution": {"id": "E1"}}}
    plain = request("cloudfront:CreateDistribution", **made, **logged)
    yield alerts("after it was made", plain, changed(enabled=False, day=1), subject="E1")
    both: Fields = {"distributionConfigWithTags": logged}
    tagged = request("cloudfront:CreateDistributionWithTags", **made, **both)
    yield alerts("after it was made with tags", tagged, changed(enabled=False, day=1))
    deployed = changed(DEPLOYER, enabled=True)
    yield alerts("after a pipeline", deployed, changed(enabled=False, day=1))
    yield silent("it had none", changed(enabled=False), changed(enabled=False, day=1))
    yield silent("switched on", changed(enabled=False), changed(enabled=True, day=1))
    yield silent("known too long ago", on, changed(enabled=False, day=401))
    settings = {"logging": {"enabled": False}}
    update = "cloudfront:UpdateDistribution"
    other = request(update, day=1, id="E2", distributionConfig=settings)
    yield silent("another one", on, other)
    yield silent("refused", on, refused("cloudfront:UpdateDistribution", day=1))


def changed(by: Fields | None = None, *, enabled: bool, day: float = 0) -> Record:
    settings = {"logging": {"enabled": enabled, "bucket": "logs", "prefix": ""}}
    update = "cloudfront:UpdateDistribution"
    return request(update, by, day=day, id="E1", distributionConfig=settings)
