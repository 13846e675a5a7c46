"""Hosted program allowed to act for a person for the first time.

Programs such as agents register themselves, and ask a person to let them act in AWS. One on the
person's own machine gets the answer there. One that is hosted elsewhere acts from its own network.
An intruder sends people a link of that kind.
"""

from urllib.parse import urlsplit

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import PERSON, ROLE, ROOT, Fields, refused, request, sso_user
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent

REGISTERED = ":external-client/"
AT_HOME = frozenset({"", "127.0.0.1", "::1", "localhost"})


def detect(event: Event) -> Match | None:
    host = host_of(event.request("redirect_uri", "redirectUri"))
    is_external = REGISTERED in event.request("client_id", "clientId")
    if not is_external or host in AT_HOME:
        return None
    return Match(f"{host} for {event.request('resource')}", subject=host)


def host_of(address: str) -> str:
    """Return the host that an answer goes to; nothing where the address tells none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:AuthorizeOAuth2Access"],
    exempt=NOBODY,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.INITIAL_ACCESS: ["T1566"], Tactic.CREDENTIAL_ACCESS: ["T1528"]},
    response="Ask the person which program it was, and why it acts for them. If they do not know "
    "it, end their sessions. Then review all acts with the same `signInSessionArn`.",
    false_positives="A new tool of the company. It is told once for each host, and again after "
    "three months without it.",
    correlation=first_use(by_account, days=90),
)

AGENT = "https://agents.example.com/oauth/callback"


def examples() -> Examples:
    known, label = request("ec2:DescribeInstances", ROLE), f"agents.example.com for {RESOURCE}"
    yield alerts("a hosted agent", known, asked(AGENT, day=7), label=label)
    yield alerts("for root", known, asked(AGENT, day=8, by=ROOT), subject="agents.example.com")
    other = asked("https://evil.example.net/x", day=8)
    yield alerts("another host", asked(AGENT), other, subject="evil.example.net")
    colleague = asked(AGENT, day=8, by=sso_user("bob@example.com"))
    yield silent("a colleague's, too", asked(AGENT), colleague)
    yield silent("in the first week", known, asked(AGENT, day=6))
    for home in ("http://127.0.0.1:60432/oauth/callback", "http://[::1]:7/x", "http://localhost"):
        yield silent(f"a program at {home}", known, asked(home, day=8))
    client = "arn:aws:signin:::devtools/same-device"
    yield silent("the command line", known, asked(AGENT, day=8, client_id=client))
    yield silent("no address", known, asked("https://[", day=8))
    heard = request("ec2:DescribeInstances", ROLE, day=50)
    yield alerts("after three months", asked(AGENT), heard, asked(AGENT, day=91), label=label)
    yield silent("after less", asked(AGENT), heard, asked(AGENT, day=90))
    no = refused("signin:AuthorizeOAuth2Access", PERSON, day=8)
    yield silent("refused", known, no)


RESOURCE = "https://aws-mcp.us-west-2.api.aws/mcp"
CLIENT = "arn:aws:signin:us-west-2::external-client/dcr/609544da"


def asked(address: str, *, day: int = 0, by: Fields = PERSON, client_id: str = CLIENT) -> Record:
    body: Fields = {"client_id": client_id, "redirect_uri": address, "resource": RESOURCE}
    return request("signin:AuthorizeOAuth2Access", by, day=day, **body)
