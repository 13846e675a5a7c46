"""Begins the response to a critical incident: the state machine then asks people.

Nothing is done before a person agrees. Each incident is asked about once, and a few with each mail.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import ClientError

from trailwarden.aws.batches import read_all
from trailwarden.aws.clock import now
from trailwarden.contract.table import RESPONSE
from trailwarden.detection.severity import Severity
from trailwarden.notify.response import plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mypy_boto3_dynamodb.service_resource import Table

    from trailwarden.aws.incidents.derivation import Derived
    from trailwarden.aws.incidents.lapses import Lapses
    from trailwarden.contract.settings import Settings
    from trailwarden.environment import Environment
    from trailwarden.notify.response import Protects

log = logging.getLogger(__name__)

MOST_AT_ONCE = 3
"""How many incidents are asked about with one mail."""

MOST_IDS = 60
OWNER, REASON = "Trailwarden", "the incident is CRITICAL"
_IMPATIENT = Config(connect_timeout=2, read_timeout=4, retries={"total_max_attempts": 2})
_BEGUN = "ExecutionAlreadyExists"


class Asking:
    """Has people asked about critical incidents, in a deployment that wants it."""

    def __init__(
        self,
        table: Table,
        states: Any,
        lapses: Lapses,
        *,
        machine_arn: str,
        protects: Protects,
    ) -> None:
        """Take the state machine; `protects` says whom no act may touch."""
        self._table, self._states, self._lapses = table, states, lapses
        self._machine_arn, self._protects = machine_arn, protects

    @classmethod
    def of(
        cls,
        settings: Settings,
        environment: Environment,
        table: Table,
        lapses: Lapses,
        client: Callable[..., Any],
    ) -> Asking | None:
        """Make what asks for a deployment; None where a person has to begin a response.

        `client` makes clients, as boto3's does.
        """
        if not settings.response_machine_arn:
            return None
        return cls(
            table,
            client("stepfunctions", config=_IMPATIENT),
            lapses,
            machine_arn=settings.response_machine_arn,
            protects=environment.keeps,
        )

    def ask(self, told: Iterable[Derived]) -> None:
        """Have people asked about the critical ones of incidents that they just heard of."""
        ordered = {one.incident.id: one for one in told}
        critical = [one for one in ordered.values() if one.incident.severity is Severity.CRITICAL]
        for derived in critical[:MOST_AT_ONCE]:
            with self._lapses.survived("Nobody was asked about a response to an incident."):
                if self._is_worth_it(derived) and not self._is_begun(derived):
                    self._begin(derived)

    def _is_worth_it(self, derived: Derived) -> bool:
        """Say whether there is anything that the state machine could do."""
        account_id = self._machine_arn.split(":")[4]
        return bool(plan(derived.incident, now(), account_id, self._protects).acts)

    def _is_begun(self, derived: Derived) -> bool:
        """Say whether people were asked about it, or about an incident that is a part of it."""
        incident = derived.incident
        ids = dict.fromkeys([incident.id, *sorted(derived.ids), *incident.aliases])
        keys = [{"pk": f"{RESPONSE}{id_}", "sk": "R"} for id_ in list(ids)[:MOST_IDS]]
        return any(True for _ in read_all(self._table, keys))

    def _begin(self, derived: Derived) -> None:
        """Begin an execution whose name is the incident's, so that there is one in 90 days.

        https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
        """
        incident = derived.incident
        asked = {
            "incident_id": incident.id,
            "alert_id": incident.alerts[0].alert_id,
            "owner": OWNER,
            "reason": REASON,
        }
        try:
            self._states.start_execution(
                stateMachineArn=self._machine_arn,
                name=f"{incident.id}-critical",
                input=json.dumps(asked),
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != _BEGUN:
                raise
            log.info("people were asked about the incident before")
