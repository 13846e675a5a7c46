"""Plans the response to an incident for its state machine, asks people, and tells how it ended.

It does nothing about the incident: the state machine does, with a role that only it has. What waits
for an answer lies in the table with its task token, which stands in no mail.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from boto3.dynamodb.conditions import Attr

from trailwarden.aws.clock import KEPT, expiry, now
from trailwarden.contract.table import RESPONSE
from trailwarden.notify import response
from trailwarden.notify.acts import ANSWERED_WITHIN, Outcome

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_sns import SNSClient

    from trailwarden.aws.incidents.derivation import Incidents
    from trailwarden.aws.seal import Seal
    from trailwarden.detection.incidents.incident import Incident

_ASKED, _TOLD = "asked", "told"


class NothingToDoError(Exception):
    """There is nothing that a response could stop. The state machine knows it by this name."""


class ResponseRefusedError(Exception):
    """A response cannot be planned; the message says why."""


class Question(NamedTuple):
    """What the state machine says of an execution."""

    execution: str
    incident_id: str
    """The incident as it was called when somebody began."""
    alert_id: str
    """An alert of it."""
    mode: str
    token: str = ""
    """What an answer has to bring; empty where none is waited for."""


class Responder:
    """The responses of one deployment, which acts upon its own account alone."""

    def __init__(
        self,
        table: Table,
        incidents: Incidents,
        sns: SNSClient,
        seal: Seal,
        *,
        people_topic_arn: str,
        protects: response.Protects,
    ) -> None:
        self._table, self._incidents, self._sns, self._seal = table, incidents, sns, seal
        self._topic_arn, self._protects = people_topic_arn, protects
        self._refused = table.meta.client.exceptions.ConditionalCheckFailedException

    def plan(self, alert_id: str) -> tuple[Incident, response.Plan]:
        """Return the incident of an alert as it is now, and what may be done about it.

        Raises ResponseRefusedError, and NothingToDoError.
        """
        if self._seal.problem:  # anybody who may write into the table could have made the alerts
            raise ResponseRefusedError("KMS refuses the key of the seals: nothing can be trusted")
        stored = self._incidents.alert(alert_id)
        found = self._incidents.of([stored]) if stored else {}
        if alert_id not in found:
            raise ResponseRefusedError(f"there is no incident of the alert {alert_id[:64]}")
        derived = found[alert_id]
        incident = derived.incident
        account_id = self._topic_arn.split(":")[4]
        planned = response.plan(incident, now(), account_id, self._protects)
        if not planned.acts:
            raise NothingToDoError(incident.id)
        if derived.left_out:
            more = f"There is more than was read: {derived.left_out:,} further links."
            planned = replace(planned, notes=[*planned.notes, more])
        return incident, planned

    def ask(self, question: Question) -> None:
        """Write down what an answer has to bring, and ask people. Again, it asks nobody twice."""
        incident, planned = self.plan(question.alert_id)
        until = now() + ANSWERED_WITHIN
        key = _key(question.incident_id)
        self._table.update_item(
            Key=key,
            UpdateExpression="SET #token = :token, #plan = :plan, acts = :acts, #until = :until,"
            " execution = :execution, expires = :expires",
            ExpressionAttributeNames={"#token": "token", "#plan": "plan", "#until": "until"},
            ExpressionAttributeValues={
                ":token": question.token,
                ":plan": planned.id,
                ":acts": msgspec.json.encode(planned.acts).decode(),
                ":until": until.isoformat(),
                ":execution": question.execution,
                ":expires": expiry(KEPT),
            },
        )
        text = response.question(incident, planned, until, question.mode)
        self._send_once(key, _ASKED, question, planned.id, text)

    def check(self, question: Question, approved_id: str) -> dict[str, Any]:
        """Return the acts that a person approved and that the incident still needs.

        The id in the approval is of the acts that were shown: acts that somebody put into the table
        since have another one. So an incident that grows all the time is stopped all the same.
        """
        _, planned = self.plan(question.alert_id)
        item = self._table.get_item(Key=_key(question.incident_id), ConsistentRead=True)
        approved = {*_acts(item.get("Item", {}))}
        if response.id_of(approved) != approved_id:
            approved = set()
        acts = [{**act._asdict(), "words": str(act)} for act in planned.acts if act in approved]
        more = len(acts) < len(planned.acts)
        return {"id": planned.id, "approved": bool(acts), "acts": acts, "more": more}

    def tell(self, question: Question, outcome: Outcome, state: Mapping[str, Any]) -> None:
        """Tell people how a question ended, and wait for no answer any more."""
        key = _key(question.incident_id)
        text = response.answer(question.incident_id, outcome, state)
        of = msgspec.json.encode([outcome, state.get("approval"), state.get("plan")]).decode()
        self._send_once(key, _TOLD, question, of, text)
        with suppress(self._refused):  # by now somebody began another one, which asks as well
            self._table.update_item(
                Key=key,
                UpdateExpression="REMOVE #token",
                ConditionExpression=Attr("execution").eq(question.execution),
                ExpressionAttributeNames={"#token": "token"},
            )

    def _send_once(
        self, key: dict[str, str], what: str, question: Question, of: str, text: str
    ) -> None:
        """Mail what people do not know yet. They hear it twice only where nobody noted it."""
        item = self._table.get_item(Key=key, ConsistentRead=True).get("Item", {})
        parts = ("response", what, question.incident_id, question.execution, of)
        if self._seal.holds(item.get(what), *parts):
            return
        subject = response.subject(question.incident_id)
        self._sns.publish(TopicArn=self._topic_arn, Subject=subject, Message=text)
        self._table.update_item(
            Key=key,
            UpdateExpression="SET #what = :seal",
            ExpressionAttributeNames={"#what": what},
            ExpressionAttributeValues={":seal": self._seal.of(*parts)},
        )


def _acts(item: Mapping[str, Any]) -> list[response.Act]:
    """Return the acts that people were asked about; none where they cannot be read."""
    try:
        return msgspec.json.decode(str(item.get("acts", "")), type=list[response.Act])
    except (ValueError, msgspec.MsgspecError):
        return []


def _key(incident_id: str) -> dict[str, str]:
    return {"pk": f"{RESPONSE}{incident_id}", "sk": "R"}
