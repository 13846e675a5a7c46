"""GuardDuty agent of a cluster removed.

The agent shows GuardDuty what runs inside of containers. Clusters get it as an add-on, and accounts
by a setting. Without it, the detector is on and sees nothing of them.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, alerts, silent

ADDON, SETTING = "aws-guardduty-agent", "guardDutyActivate"


def detect(event: Event) -> Match | None:
    if event.denied and not event.request("addonName"):
        return None
    if event.request("addonName") == ADDON:
        cluster = event.request("clusterName")
        return Match(f"cluster {cluster}", subject=cluster)
    is_off = event.request("name") == SETTING and event.request("value") == "off"
    return Match("ECS", subject=event.recipient_account_id) if is_off else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ecs:PutAccountSetting", "ecs:PutAccountSettingDefault", "eks:DeleteAddon"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Ask the caller, and install the agent again. If it was not planned, look for new "
    "workloads and commands in the containers of that time.",
    false_positives="A cluster is taken down by hand.",
)


def examples() -> Examples:
    named: Fields = {"clusterName": "prod", "addonName": ADDON}
    gone = request("eks:DeleteAddon", **named)
    label = "cluster prod"
    yield alerts("an add-on", gone, severity=Severity.MEDIUM, subject="prod", label=label)
    yield alerts("refused", refused("eks:DeleteAddon", **named), severity=Severity.LOW)
    for action in ("ecs:PutAccountSetting", "ecs:PutAccountSettingDefault"):
        off = request(action, name=SETTING, value="off")
        yield alerts(action, off, label="ECS")
        yield silent(f"{action} on", request(action, name=SETTING, value="on"))
        yield silent(f"{action} of another", request(action, name="awsvpcTrunking", value="off"))
    yield silent("another add-on", request("eks:DeleteAddon", **named | {"addonName": "coredns"}))
    yield silent("refused, of nothing", refused("eks:DeleteAddon"))
