"""Secret scanner tried whether a key is valid.

The scanner found the key somewhere it should not be, such as a public repository or a container
image, and asked AWS whose it is. If it was not your own scanner, somebody now knows a valid key.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.user_agent import SECRET_SCANNERS, spelled, tool_of


def detect(event: Event) -> str:
    if "nuclei" in event.user_agent.lower():
        return "Nuclei"
    tool = tool_of(event.user_agent)
    return tool if tool in SECRET_SCANNERS else ""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:GetCallerIdentity"],
    where={"userAgent": spelled(SECRET_SCANNERS | {"Nuclei": ("nuclei", "Nuclei")})},
    severity=Severity.HIGH,
    attack={
        Tactic.CREDENTIAL_ACCESS: ["T1552.001"],
        Tactic.DISCOVERY: ["T1087.004"],
    },
    response="Deactivate the access key at once, then find where it leaked. Review everything done "
    "with it, first of all from the same address and right afterwards.",
    false_positives="A scan of your own repositories that verifies what it finds; the key leaked "
    "there all the same.",
)


def examples() -> Iterator[Example]:
    ci = iam_user("ci")
    yield alerts("TruffleHog", record("sts:GetCallerIdentity", ci, userAgent="TruffleHog"))
    keyhacks = record("sts:GetCallerIdentity", ci, userAgent="keyhacks/1.0")
    yield alerts("KeyHacks", keyhacks)
    nuclei = "Nuclei - Open-source project (github.com/projectdiscovery/nuclei)"
    yield alerts("Nuclei", record("sts:GetCallerIdentity", ci, userAgent=nuclei))
    yield silent("the AWS CLI", record("sts:GetCallerIdentity", ci))
    other = record("sts:GetCallerIdentity", ci, userAgent="aws-sdk-go/1.55 app/hogwarts")
    yield silent("an application with a similar name", other)
