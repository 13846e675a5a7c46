"""Cost alarm deleted, or payment settings changed.

Budgets and anomaly monitors are how owners notice a miner, so the miner deletes them first. The
payment and tax settings decide who gets the bills, and who may see them.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, denied, iam_user, record
from trailwarden.environment import Environment

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    budget = event.text("requestParameters.budgetName")
    monitor = event.text("requestParameters.monitorArn")
    subscription = event.text("requestParameters.subscriptionArn")
    what = (budget or monitor or subscription).rpartition("/")[2]
    return Match(f"{event.name} {what[:60]}".strip())


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "billing:UpdateBillingPreferences",
        "billing:UpdateIAMAccessPreference",
        "budgets:DeleteBudget",
        "budgets:DeleteBudgetAction",
        "budgets:DeleteNotification",
        "budgets:DeleteSubscriber",
        "ce:DeleteAnomalyMonitor",
        "ce:DeleteAnomalySubscription",
        "payments:CreatePaymentInstrument",
        "payments:DeletePaymentInstrument",
        "payments:UpdatePaymentPreferences",
        "tax:BatchPutTaxRegistration",
        "tax:DeleteTaxRegistration",
        "tax:PutTaxRegistration",
    ],
    severity=Severity.MEDIUM,
    attack={
        Tactic.DEFENSE_EVASION: ["T1562.001"],
        Tactic.IMPACT: ["T1496"],
    },
    response="Ask whoever did it. If it was not meant, put the alarm or setting back, look at the "
    "costs of the last days by Region and service, and disable the caller's credentials.",
    false_positives="The finance team at work; list their role among the deploy roles.",
)


def examples() -> Iterator[Example]:
    mallory, which = iam_user("mallory"), {"budgetName": "monthly", "accountId": ACCOUNT}
    deleted = record("budgets:DeleteBudget", mallory, requestParameters=which)
    yield alerts("a budget is deleted", deleted)
    yield alerts("nobody watches for anomalies", record("ce:DeleteAnomalyMonitor", mallory))
    yield alerts("bills are paid otherwise", record("payments:UpdatePaymentPreferences", mallory))
    yield silent("the pipeline", record("budgets:DeleteBudget", assumed_role("deploy")))
    yield silent("a refusal", denied("budgets:DeleteBudget", mallory))
