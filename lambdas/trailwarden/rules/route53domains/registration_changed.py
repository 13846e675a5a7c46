"""Registration of a domain changed.

The owner of the domain controls the mail, the web site and the certificates. A transferred domain
comes back late or never, and a thief takes its lock off first.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import first

SEVERITIES = {
    "AcceptDomainTransferFromAnotherAwsAccount": Severity.MEDIUM,
    "DeactivateKeySigningKey": Severity.MEDIUM,
    "DeleteKeySigningKey": Severity.MEDIUM,
    "DisableDomainAutoRenew": Severity.LOW,
    "DisableHostedZoneDNSSEC": Severity.MEDIUM,
    "DisassociateDelegationSignerFromDomain": Severity.MEDIUM,
    "RegisterDomain": Severity.MEDIUM,
    "TransferDomain": Severity.MEDIUM,
    "UpdateDomainContact": Severity.MEDIUM,
}


UNSIGNED = "Signatures of a DNS zone switched off"


def detect(event: Event) -> Match:
    domain = first(event, "domainName", "hostedZoneId", "id")
    title = UNSIGNED if event.service == "route53" else ""
    return Match(f"{event.name} {domain}", SEVERITIES.get(event.name), domain, title)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "route53:DeactivateKeySigningKey",
        "route53:DeleteKeySigningKey",
        "route53:DisableHostedZoneDNSSEC",
        "route53domains:AcceptDomainTransferFromAnotherAwsAccount",
        "route53domains:DeleteDomain",
        "route53domains:DisableDomainAutoRenew",
        "route53domains:DisableDomainTransferLock",
        "route53domains:DisassociateDelegationSignerFromDomain",
        "route53domains:PushDomain",
        "route53domains:RegisterDomain",
        "route53domains:RetrieveDomainAuthCode",
        "route53domains:TransferDomain",
        "route53domains:TransferDomainToAnotherAwsAccount",
        "route53domains:UpdateDomainContact",
        "route53domains:UpdateDomainNameservers",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.RESOURCE_DEVELOPMENT: ["T1584.001", "T1583.001"], Tactic.PERSISTENCE: ["T1098"]},
    response="Ask the owner of the domain. If they did not do it, lock the domain and cancel the "
    "transfer. Write to AWS Support at once, and disable the credentials.",
    false_positives="A planned move of a domain, or a new one.",
)


def examples() -> Examples:
    unlock, name = "route53domains:DisableDomainTransferLock", "example.com"
    yield alerts("unlocked", request(unlock, domainName=name), severity=Severity.HIGH, subject=name)
    contact = request("route53domains:UpdateDomainContact", domainName=name)
    yield alerts("another contact", contact, severity=Severity.MEDIUM)
    expiring = request("route53domains:DisableDomainAutoRenew", domainName=name)
    yield alerts("left to expire", expiring, severity=Severity.LOW)
    signer: Fields = {"domainName": name, "id": "1"}
    unsigned = request("route53domains:DisassociateDelegationSignerFromDomain", **signer)
    yield alerts("no longer signed", unsigned, severity=Severity.MEDIUM)
    for name in ("DisableHostedZoneDNSSEC", "DeactivateKeySigningKey", "DeleteKeySigningKey"):
        action = f"route53:{name}"
        zone = request(action, hostedZoneId="Z1", name="key")
        yield alerts(action, zone, severity=Severity.MEDIUM, subject="Z1")
    yield alerts("refused", refused(unlock), severity=Severity.MEDIUM)
    failed = request(unlock, fields={"errorCode": "ThrottlingException"})
    yield silent("a failed request", failed)
