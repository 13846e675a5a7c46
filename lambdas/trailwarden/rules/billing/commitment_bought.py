"""Capacity bought for a term of months.

A reservation or a savings plan costs the whole term, used or not, and AWS takes none back. Few
people buy them. An intruder does so for harm, or for machines that are scarce.
"""

from collections.abc import Mapping

from trailwarden import NOBODY, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import texts

PURCHASES: Mapping[str, Fields] = {
    "bedrock:CreateProvisionedModelThroughput": {
        "modelUnits": 1,
        "provisionedModelName": "m",
        "modelId": "m",
        "commitmentDuration": "SixMonths",
    },
    "ec2:PurchaseCapacityBlock": {"capacityBlockOfferingId": "o-1"},
    "ec2:PurchaseHostReservation": {"offeringId": "o-1"},
    "ec2:PurchaseReservedInstancesOffering": {
        "PurchaseReservedInstancesOfferingRequest": {"ReservedInstancesOfferingId": "o-1"}
    },
    "ec2:PurchaseScheduledInstances": {"scheduledInstanceId": "o-1"},
    "elasticache:PurchaseReservedCacheNodesOffering": {"reservedCacheNodesOfferingId": "o-1"},
    "es:PurchaseReservedInstanceOffering": {
        "reservedInstanceOfferingId": "o-1",
        "reservationName": "r",
    },
    "memorydb:PurchaseReservedNodesOffering": {"reservedNodesOfferingId": "o-1"},
    "outposts:CreateOrder": {"outpostIdentifier": "op-1", "paymentOption": "ALL_UPFRONT"},
    "rds:PurchaseReservedDBInstancesOffering": {"reservedDBInstancesOfferingId": "o-1"},
    "redshift:PurchaseReservedNodeOffering": {"reservedNodeOfferingId": "o-1"},
    "sagemaker:CreateTrainingPlan": {"trainingPlanName": "p", "trainingPlanOfferingId": "o-1"},
    "shield:CreateSubscription": {},
    "savingsplans:CreateSavingsPlan": {"savingsPlanOfferingId": "o-1", "commitment": "500"},
}
"""Each call, as it names the purchase."""

OFFERS = (
    *(
        "reservedInstancesOfferingId",
        "offeringId",
        "capacityBlockOfferingId",
        "scheduledInstanceId",
    ),
    *("reservedCapacityOfferingsId", "reservedCacheNodesOfferingId", "reservedNodesOfferingId"),
    *("reservedDBInstancesOfferingId", "reservedNodeOfferingId", "reservedInstanceOfferingId"),
    *("savingsPlanOfferingId", "commitmentDuration", "trainingPlanOfferingId"),
    "outpostIdentifier",
)


def detect(event: Event) -> Match | None:
    offers = texts(event.get("requestParameters"), *OFFERS)
    if event.service == "bedrock" and not offers:
        return None
    offer = next(iter(offers), "")
    return Match(f"{event.action} {offer}".strip(), subject=offer or event.action)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*PURCHASES],
    exempt=NOBODY,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1496"]},
    response="Ask the caller who approved it. If nobody did, ask AWS Support at once to take it "
    "back, and disable the credentials.",
    false_positives="The finance team at work.",
)


def examples() -> Examples:
    plan = request("savingsplans:CreateSavingsPlan", **PURCHASES["savingsplans:CreateSavingsPlan"])
    label = "savingsplans:CreateSavingsPlan o-1"
    yield alerts("a savings plan", plan, severity=Severity.MEDIUM, subject="o-1", label=label)
    for action, body in PURCHASES.items():
        yield alerts(action, request(action, **body))
    attempt = refused("ec2:PurchaseHostReservation")
    yield alerts("refused", attempt, severity=Severity.LOW, subject="ec2:PurchaseHostReservation")
    hourly: Fields = {"modelUnits": 1, "provisionedModelName": "m", "modelId": "m"}
    yield silent(
        "a model by the hour", request("bedrock:CreateProvisionedModelThroughput", **hourly)
    )
