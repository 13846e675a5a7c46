"""Registration of a domain was changed or handed over.

Whoever holds the domain holds the mail, the web site and the certificates. A domain that is
transferred away comes back late or never, and its lock is taken off first.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import texts

SEVERITIES = {
    "AcceptDomainTransferFromAnotherAwsAccount": Severity.MEDIUM,
    "RegisterDomain": Severity.MEDIUM,
    "TransferDomain": Severity.MEDIUM,
    "UpdateDomainContact": Severity.MEDIUM,
}


def detect(event: Event) -> Match | None:
    if not event.succeeded:
        return None
    domain = next(iter(texts(event.get("requestParameters"), "domainName")), "")[:100]
    return Match(f"{event.name} {domain}".strip(), SEVERITIES.get(event.name), domain)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "route53domains:AcceptDomainTransferFromAnotherAwsAccount",
        "route53domains:DeleteDomain",
        "route53domains:DisableDomainTransferLock",
        "route53domains:RegisterDomain",
        "route53domains:RetrieveDomainAuthCode",
        "route53domains:TransferDomain",
        "route53domains:TransferDomainToAnotherAwsAccount",
        "route53domains:UpdateDomainContact",
        "route53domains:UpdateDomainNameservers",
    ],
    severity=Severity.HIGH,
    attack={
        Tactic.RESOURCE_DEVELOPMENT: ["T1584.001", "T1583.001"],
        Tactic.PERSISTENCE: ["T1098"],
    },
    response="Ask the owner of the domain. If they did not do it, lock the domain, cancel the "
    "transfer, write to AWS Support at once, and disable the credentials.",
    false_positives="A planned move of a domain, or a new one.",
)


def examples() -> Iterator[Example]:
    yield alerts("the lock is off", change("DisableDomainTransferLock"))
    yield alerts("it goes to another account", change("TransferDomainToAnotherAwsAccount"))
    yield alerts("the transfer code is read", change("RetrieveDomainAuthCode"))
    yield alerts("other name servers", change("UpdateDomainNameservers"))
    yield alerts("a new domain", change("RegisterDomain"))
    yield silent("a refusal", denied("route53domains:DisableDomainTransferLock", iam_user("alice")))
    yield silent("no such domain", change("DisableDomainTransferLock", errorCode="InvalidInput"))


def change(name: str, **fields: Any) -> Record:
    asked: Fields = {"requestParameters": {"domainName": "example.com"}}
    return record(f"route53domains:{name}", iam_user("alice"), **asked, **fields)
