"""Prefix list opened to the whole internet.

A security group that names a prefix list admits all its networks. A list of everyone's addresses
therefore opens ports, while no rule of the group shows it.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import first, in_short, texts, values
from trailwarden.services.security_groups import Opening


def detect(event: Event) -> Match | None:
    entries = values(event.get("requestParameters"), "entry", "addEntry")
    networks = [cidr for held in entries for cidr in texts(held, "cidr")]
    wide = [cidr for cidr in networks if Opening(cidr, "all", 0, 65535).is_world]
    name = first(event, "prefixListId") or first(event, "prefixListName")
    return Match(f"{name} holds {in_short(wide)}", subject=name) if wide else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:CreateManagedPrefixList", "ec2:ModifyManagedPrefixList"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"], Tactic.PERSISTENCE: ["T1133"]},
    response="Find the security groups and routes that name the list, and the ports that they "
    "open. Remove the entry, and ask the caller why they added it.",
    false_positives="A list for outbound rules only.",
    references=["https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html"],
)


def examples() -> Examples:
    halves = [{"Cidr": "0.0.0.0/1"}, {"Cidr": "128.0.0.0/1"}]
    label = "office holds 0.0.0.0/1, 128.0.0.0/1"
    yield alerts("a new list", created(*halves), subject="office", label=label)
    changed = {"PrefixListId": "pl-1", "AddEntry": {"Cidr": "::/0", "tag": 1}}
    action = "ec2:ModifyManagedPrefixList"
    modified = request(action, ModifyManagedPrefixListRequest=changed)
    yield alerts("an entry is added", modified, subject="pl-1")
    yield silent("the office", created({"Cidr": "198.51.100.0/24"}))


def created(*entries: Fields) -> Record:
    parameters = {"PrefixListName": "office", "AddressFamily": "IPv4", "Entry": list(entries)}
    action = "ec2:CreateManagedPrefixList"
    return request(action, CreateManagedPrefixListRequest=parameters)
