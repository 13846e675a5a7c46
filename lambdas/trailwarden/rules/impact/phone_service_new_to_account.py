"""Phone service used for the first time in the account.

Fraudsters call numbers, and send texts to them, that earn them a share of the fee. They rent
numbers in services that nobody watches. An account uses the same ones for years.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, ROLE, USER, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent

USES = (
    "chime:CreatePhoneNumberOrder",
    "chime:CreateSipMediaApplication",
    "chime:CreateSipMediaApplicationCall",
    "chime:CreateVoiceConnector",
    "chime:UpdateSipMediaApplication",
    "chime:UpdateVoiceConnector",
    "connect:ClaimPhoneNumber",
    "connect:CreateInstance",
    "connect:StartOutboundVoiceContact",
    "mobiletargeting:CreateCampaign",
    "mobiletargeting:SendMessages",
    "mobiletargeting:SendOTPMessage",
    "mobiletargeting:SendUsersMessages",
    "mobiletargeting:UpdateCampaign",
    "mobiletargeting:UpdateSmsChannel",
    "sms-voice:CreatePool",
    "sms-voice:RequestPhoneNumber",
    "sms-voice:RequestSenderId",
    "sms-voice:SendMediaMessage",
    "sms-voice:SendTextMessage",
    "sms-voice:SendVoiceMessage",
    "social-messaging:AssociateWhatsAppBusinessAccount",
    "social-messaging:SendWhatsAppMessage",
)


def detect(event: Event) -> Match:
    return Match(f"calls or messages of {event.service}", subject=event.service)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=USES,
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    story="new use of an account",
    attack={Tactic.IMPACT: ["T1496.003"], Tactic.DEFENSE_EVASION: ["T1578"]},
    response="Ask the caller for the purpose. Without one, release the numbers, and set the limits "
    "for calls and messages to zero, in every Region. Revoke the caller's sessions and keys.",
    false_positives="A project begins to call or text its customers.",
    correlation=first_use(by_account, days=90),
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    label = "calls or messages of connect"
    usual, new = used("sms-voice:SendTextMessage", ROLE), used("connect:CreateInstance", day=7)
    yield alerts("a call centre", usual, new, subject="connect", label=label)
    yield alerts("by a role", usual, used("connect:ClaimPhoneNumber", ROLE, day=8))
    for action in USES:
        is_chime = action.startswith("chime:")
        known = used("connect:CreateInstance" if is_chime else "chime:CreateVoiceConnector")
        yield alerts(action, known, used(action, day=7))
    yield silent("a service of before", usual, used("sms-voice:RequestPhoneNumber", day=8))
    yield silent("in the first week", usual, used("connect:CreateInstance", day=6))
    yield silent("deployed", usual, used("connect:CreateInstance", DEPLOYER, day=8))
    yield silent("over the quota", usual, {**new, "errorCode": "ServiceQuotaExceededException"})
    elsewhere = {**new, "recipientAccountId": "444455556666"}
    yield silent("in another account, which is new", usual, elsewhere)


def used(action: str, by: Fields = USER, *, day: float = 0) -> Record:
    return request(action, by, day=day)
