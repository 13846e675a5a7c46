"""Cost safeguard removed.

Budgets and anomaly monitors show owners a miner, so the miner deletes them first. Payment and tax
settings decide who gets the bills, and who may see them.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, ROOT, refused, request
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match:
    name = event.request("budgetName", "monitorArn", "subscriptionArn").rpartition("/")[2]
    return Match(f"{event.name} {name}".strip())


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
        "freetier:UpgradeAccountPlan",
        "payments:CreatePaymentInstrument",
        "payments:DeletePaymentInstrument",
        "payments:UpdatePaymentPreferences",
        "tax:BatchPutTaxRegistration",
        "tax:DeleteTaxRegistration",
        "tax:PutTaxRegistration",
    ],
    exempt=DEPLOYMENT | {Caller.ROOT},
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"], Tactic.IMPACT: ["T1496"]},
    response="Ask the caller. If it was not intended, put the safeguard back. Look at the costs of "
    "the last days by Region and service, and disable the caller's credentials.",
    false_positives="The finance team at work. Name its role in `deploy_roles`.",
)


def examples() -> Examples:
    deleted = request("budgets:DeleteBudget", budgetName="monthly", accountId=ACCOUNT)
    yield alerts("a budget is deleted", deleted, label="DeleteBudget monthly")
    upgraded = request("freetier:UpgradeAccountPlan", accountPlanType="PAID")
    yield alerts("the free plan is left", upgraded, label="UpgradeAccountPlan")
    by_root = request("budgets:DeleteBudget", ROOT, budgetName="monthly", accountId=ACCOUNT)
    yield silent("by root, which another rule tells", by_root)
    yield silent("a refused request", refused("budgets:DeleteBudget"))
