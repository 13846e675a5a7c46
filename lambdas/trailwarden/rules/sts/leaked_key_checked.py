"""Key checked by a secret scanner.

The scanner found the key in a public place, such as a repository or a container image. It then
asked AWS whether the key is valid. If it was not your own scanner, a stranger has a valid key.
"""

from trailwarden import ATTEMPTED, NOBODY, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.cloudtrail.user_agent import SECRET_SCANNERS, spelled, tool_of
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match | None:
    is_nuclei = "nuclei" in event.user_agent.lower()
    tool = "Nuclei" if is_nuclei else tool_of(event.user_agent)
    key = event.user_identity.access_key_id or event.actor
    is_known = tool in event.environment.known_tools
    is_scanner = is_nuclei or (tool in SECRET_SCANNERS and not is_known)
    return Match(f"{tool} checked {key}", subject=key) if is_scanner else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:GetCallerIdentity"],
    where={"userAgent": spelled(SECRET_SCANNERS | {"Nuclei": ("nuclei", "Nuclei")})},
    exempt=NOBODY,
    outcome=ATTEMPTED,
    direct_only=True,
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552.001"], Tactic.DISCOVERY: ["T1087.004"]},
    response="Deactivate the access key at once, then find where it leaked. Review all its acts. "
    "Begin with those from the same address right afterwards.",
    false_positives="A scan of your own repositories checks the keys in them. The key leaked there "
    "all the same.",
)


def examples() -> Examples:
    key = "AKIAIOSFODNN7EXAMPLE"
    yield alerts("TruffleHog", check("TruffleHog"), subject=key, label=f"TruffleHog checked {key}")
    yield alerts("KeyHacks", check("keyhacks/1.0"))
    nuclei = "Nuclei - Open-source project (github.com/projectdiscovery/nuclei)"
    yield alerts("Nuclei", check(nuclei), label=f"Nuclei checked {key}")
    yield silent("the AWS CLI", check("aws-cli/2.27.0"))
    yield silent("an application with a similar name", check("aws-sdk-go/1.55 app/hogwarts"))
    yield silent("a part of a word", check("app/nontrufflehog"))


def check(user_agent: str) -> Record:
    return request("sts:GetCallerIdentity", fields={"userAgent": user_agent})
