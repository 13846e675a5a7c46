"""Imports alerts into Security Hub, a hundred at a time; again when there is more to tell.

https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from trailwarden.aws.clock import now
from trailwarden.aws.outputs.sender import Load, Outcome, batches, outcome, why
from trailwarden.notify import securityhub
from trailwarden.notify.output import is_brief, message, output

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MOST_OF_A_BATCH = 100
MAX_BATCH = 5_000_000
"""How many bytes the findings of a batch have together: Security Hub takes 6 MB."""

_OF_ONE = ("InvalidInput", "ParamValidation", "Validation")
"""How the codes begin with which a batch is refused for one of its findings."""


class Importer(Protocol):
    """A client of Security Hub."""

    def batch_import_findings(
        self,
        *,
        Findings: Sequence[Mapping[str, Any]],  # noqa: N803 - as the API has it
    ) -> Mapping[str, Any]:
        """Import findings, and say which failed."""


class SecurityHub:
    """Security Hub of the home account and Region."""

    def __init__(self, client: Importer, name: str, product_arn: str) -> None:
        """Take the name of the output; raises UnknownOutputError."""
        self.name, self.brief = name, is_brief(name)
        self._client, self._product, self._output = client, product_arn, output(name)

    def send(self, load: Load) -> Outcome:
        """Import a finding of each alert. A finding that is there already is updated."""
        moment = now()
        findings = (  # one by one: a storm is large
            securityhub.imported(
                message(self._output, stored.alert, load.names, load.broken, moment),
                self._product,
                moment,
            )
            for stored in load.due
        )
        refused: dict[str, str] = {}
        over = ""
        for some in batches(findings, _length, most=MOST_OF_A_BATCH, longest=MAX_BATCH):
            try:
                refused |= self._import(some) if not over else _all(some, over)
            except (BotoCoreError, ClientError) as error:  # nor would it take the next
                over = why(error)
                refused |= _all(some, over)
        return outcome(self.name, load.due, refused)

    def _import(self, findings: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
        """Import a batch; return why findings failed, by the ids of the alerts.

        A batch that is refused as a whole for one of its findings is halved. Raises other errors.
        """
        try:
            answer = self._client.batch_import_findings(Findings=findings)
        except (BotoCoreError, ClientError) as error:
            if not why(error).startswith(_OF_ONE):
                raise
            if len(findings) == 1:
                return _all(findings, why(error))
            half = len(findings) // 2
            return {**self._import(findings[:half]), **self._import(findings[half:])}
        return {_alert_id(one): one["ErrorCode"] for one in answer.get("FailedFindings", [])}


def _all(findings: Iterable[Mapping[str, Any]], said: str) -> dict[str, str]:
    """Return that all findings failed, by the ids of the alerts."""
    return {_alert_id(finding): said for finding in findings}


def _alert_id(finding: Mapping[str, Any]) -> str:
    return str(finding["Id"]).removeprefix(securityhub.ID)


def _length(finding: Mapping[str, Any]) -> int:
    return len(json.dumps(finding).encode())
