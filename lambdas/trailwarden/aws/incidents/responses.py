"""What people do about responses: begin one, and approve or decline its plan.

IAM decides who may: beginning is `states:StartExecution`, and an answer is `states:SendTaskSuccess`
or `states:SendTaskFailure`. The token that an answer needs lies in the table.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from trailwarden.aws.batches import read_all
from trailwarden.aws.clock import now
from trailwarden.aws.operator import OperatorError
from trailwarden.contract.table import RESPONSE
from trailwarden.notify.acts import DECLINED, MACHINE_OUTPUT
from trailwarden.notify.response import Plan, plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trailwarden.aws.operator import Operator
    from trailwarden.detection.incidents.incident import Incident
    from trailwarden.environment import Environment

MOST_IDS = 60
"""By how many of its ids a response to an incident is looked for."""


class Waiting(NamedTuple):
    """A plan that waits for an answer."""

    plan_id: str
    until: datetime
    token: str


class Responses:
    """The responses of one deployment."""

    def __init__(self, operator: Operator) -> None:
        """Find the state machine; raises OperatorError where the deployment has none."""
        self._table, self._stack_name = operator.table, operator.stack_name
        self._states: Any = operator.session.client("stepfunctions")
        self._machine_arn = operator.outputs.get(MACHINE_OUTPUT, "")
        if not self._machine_arn:
            raise OperatorError(
                "this deployment has no responses: set response in cdk.json to dry_run or to act"
            )

    def plan(self, incident: Incident, environment: Environment) -> Plan:
        """Return what may be done about an incident, as the function will see it."""
        own = (*environment.pipeline_resources, f"{self._stack_name}-*")
        keeps = replace(environment, pipeline_resources=own).keeps
        return plan(incident, now(), self._machine_arn.split(":")[4], keeps)

    def waiting(self, incident: Incident) -> Waiting | None:
        """Return the plan that waits for an answer; None where none does."""
        ids = [incident.id, *incident.aliases][:MOST_IDS]
        found = (_waiting(i) for i in read_all(self._table, [_key(id_) for id_ in ids]))
        open_ = [one for one in found if one and one.until > now()]
        return max(open_, key=lambda one: one.until, default=None)

    def begin(self, incident: Incident, owner: str, reason: str) -> None:
        """Have people asked. Only their answer has anything done."""
        if waiting := self.waiting(incident):
            raise OperatorError(
                f"the plan {waiting.plan_id} waits for an answer until {waiting.until:%H:%M} UTC:"
                " approve or decline it"
            )
        asked = {
            "incident_id": incident.id,
            "alert_id": incident.alerts[0].alert_id,
            "owner": owner,
            "reason": reason,
        }
        self._states.start_execution(
            stateMachineArn=self._machine_arn,
            name=f"{incident.id}-{now():%Y%m%dT%H%M%S}",
            input=json.dumps(asked),
        )

    def approve(self, incident: Incident, plan_id: str, owner: str, reason: str) -> None:
        """Have a plan done, if it is still the plan then."""
        waiting = self._answered(incident, plan_id)
        output = json.dumps({"plan": plan_id, "owner": owner, "reason": reason})
        self._states.send_task_success(taskToken=waiting.token, output=output)

    def decline(self, incident: Incident, plan_id: str, owner: str, reason: str) -> None:
        """Have nothing done."""
        waiting = self._answered(incident, plan_id)
        cause = f"{owner}: {reason}"
        self._states.send_task_failure(taskToken=waiting.token, error=DECLINED, cause=cause)

    def _answered(self, incident: Incident, plan_id: str) -> Waiting:
        waiting = self.waiting(incident)
        if not waiting:
            raise OperatorError("no plan waits for an answer: `incidents respond ID` begins one")
        if waiting.plan_id != plan_id:
            raise OperatorError(f"the plan is {waiting.plan_id} now: read the newest mail of it")
        return waiting


def _waiting(item: Mapping[str, Any]) -> Waiting | None:
    token, plan_id = item.get("token"), item.get("plan")
    try:
        until = datetime.fromisoformat(str(item.get("until")))
    except ValueError:
        return None
    if not isinstance(token, str) or not isinstance(plan_id, str) or not until.tzinfo:
        return None
    return Waiting(plan_id, until, token)


def _key(incident_id: str) -> dict[str, str]:
    return {"pk": f"{RESPONSE}{incident_id}", "sk": "R"}
