"""Virtual desktops opened to every address.

A group of addresses says from where people reach their virtual desktops. A rule for the whole
internet takes that limit away.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import texts
from trailwarden.services.security_groups import Opening


def detect(event: Event) -> Match | None:
    ranges = texts(event.get("requestParameters"), "ipRule")
    wide = [cidr for cidr in ranges if Opening(cidr, "all", 0, 65535).is_world]
    group = event.request("groupId", "groupName")
    return Match(f"{group} to {', '.join(wide)}", subject=group) if wide else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "workspaces:AuthorizeIpRules",
        "workspaces:CreateIpGroup",
        "workspaces:UpdateRulesOfIpGroup",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"], Tactic.INITIAL_ACCESS: ["T1133"]},
    response="Take the rule out, and ask the caller. Look for sign-ins from new addresses since.",
    false_positives="A company whose people work from anywhere.",
)


def examples() -> Examples:
    for cidr, story in (("0.0.0.0/0", alerts), ("198.51.100.0/24", silent)):
        rules = [{"ipRule": cidr, "ruleDesc": "vpn"}]
        added = request("workspaces:AuthorizeIpRules", groupId="wsipg-1", userRules=rules)
        yield story(f"a rule for {cidr}", added)
        made = request("workspaces:CreateIpGroup", groupName="all", userRules=rules)
        yield story(f"a group for {cidr}", made)
    world = [{"ipRule": "0.0.0.0/0"}]
    replaced = request("workspaces:UpdateRulesOfIpGroup", groupId="wsipg-1", userRules=world)
    yield alerts("replaced", replaced, subject="wsipg-1", label="wsipg-1 to 0.0.0.0/0")
    yield silent("refused", refused("workspaces:AuthorizeIpRules"))
