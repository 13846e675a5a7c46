"""Console call of Bedrock made with an IAM user's access key.

The console asks for the submitted use case on the page that gives access to models. An access key
makes this call only from a script, such as a model thief's.
"""

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import PERSON, USER, refused, request
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match:
    return Match(f"{event.name} in {event.aws_region}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["bedrock:GetUseCaseForModelAccess"],
    exempt=NOBODY,
    callers={Caller.ACCESS_KEY},
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1496.004"]},
    response="Disable the access key. Look for `InvokeModel` and `Converse` with it in every "
    "Region. Then find out how the key came into other hands.",
    false_positives="A script of your own sets up Bedrock with a user's key.",
)


def examples() -> Examples:
    get = "bedrock:GetUseCaseForModelAccess"
    label = "GetUseCaseForModelAccess in us-east-1"
    yield alerts("a key asks for the use case", request(get), label=label)
    yield alerts("a key is refused", refused(get))
    yield silent("a person in the console", request(get, PERSON))
    console = {"sessionCredentialFromConsole": "true"}
    yield silent("a user in the console", request(get, USER, fields=console))
