"""DNS queries of a network forwarded to the internet.

A rule of the resolver sends the queries for a domain to servers of one's choice. Who owns these
decides where the machines of the network go, and learns what they look for.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.address import is_public_address
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import texts, values


def detect(event: Event) -> Match | None:
    targets = list(values(event.get("requestParameters"), "targetIps"))
    outside = next(filter(is_public_address, texts(targets, "ip", "ipv6")), "")
    domain = event.request("domainName", "resolverRuleId")
    return Match(f"{domain} to {outside}", subject=domain) if outside else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["route53resolver:CreateResolverRule", "route53resolver:UpdateResolverRule"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1557"], Tactic.COLLECTION: ["T1557"]},
    response="Ask the caller whose servers these are. If nobody knows, delete the rule. Look in "
    "the query log for names that they answered.",
    false_positives="A provider's filter of DNS that is set up by hand.",
)


def examples() -> Examples:
    outside, label = forwarding("8.8.4.4"), f"{DOMAIN} to 8.8.4.4"
    yield alerts("a server", outside, severity=Severity.MEDIUM, subject=DOMAIN, label=label)
    changed: Fields = {"resolverRuleId": "rslvr-rr-1", "config": {"targetIps": [{"ip": "8.8.4.4"}]}}
    yield alerts("changed", request(UPDATE, **changed), subject="rslvr-rr-1")
    both: Fields = {"targetIps": [{"ip": "10.0.0.2"}, {"ipv6": "2001:4860:4860::8844"}]}
    yield alerts("beside an own one", request(CREATE, **RULE_OF_DOMAIN, **both))
    yield silent("the own servers", forwarding("10.0.0.2"))
    yield silent("no address", forwarding("ns.example.com"))
    kept: Fields = {"resolverRuleId": "rslvr-rr-1", "config": {"name": "corp"}}
    yield silent("another change", request(UPDATE, **kept))
    yield silent("refused, without an address", refused(CREATE))
    yield alerts("refused", refused(UPDATE, **changed), severity=Severity.LOW)


CREATE, UPDATE = RULE.events
DOMAIN = "corp.example.com"
RULE_OF_DOMAIN: Fields = {"creatorRequestId": "1", "ruleType": "FORWARD", "domainName": DOMAIN}


def forwarding(address: str) -> Record:
    return request(CREATE, **RULE_OF_DOMAIN, targetIps=[{"ip": address, "port": 53}])
