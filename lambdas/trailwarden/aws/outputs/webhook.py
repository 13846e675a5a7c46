"""Posts alerts to a webhook, the worst first, and as long as that takes seconds."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple, cast

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from trailwarden.aws.clock import now
from trailwarden.aws.outputs.sender import Load, Outcome, outcome, why
from trailwarden.notify import digest, mail
from trailwarden.notify.output import is_brief, message, output
from trailwarden.notify.webhook import Hook, SecretError, Summarizing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trailwarden.aws.outputs.http import Poster
    from trailwarden.aws.outputs.secrets import Secrets
    from trailwarden.detection.alert import Alert

PATIENCE = timedelta(seconds=15)
"""How long the messages of one run may take; the sweep sends the rest."""

MOST_SINGLY = 5
"""How many messages people get at once; the last of them tells of all other alerts."""

_OF_ONE = (400, 413, 422)
"""The statuses that refuse a message, and say nothing of the next."""

_OF_SECRET = (401, 403, 404, 410)
"""The statuses of a webhook that is not there any more: the secret may have changed."""

_NO_TIME = "OutOfTime"


class _Message(NamedTuple):
    text: str
    alerts: Sequence[Alert]


class Webhook:
    """A web address of one output, with its secret."""

    def __init__(self, secrets: Secrets, post: Poster, name: str, secret_arn: str) -> None:
        """Take the name of the output; raises UnknownOutputError."""
        self.name, self.brief = name, is_brief(name)
        self._secrets, self._post, self._arn = secrets, post, secret_arn
        self._output = cast(Hook, output(name))

    def send(self, load: Load) -> Outcome:
        """Post a message of each alert, or one of many; what fails does not stop the others.

        A host that does not answer is asked no more in this run.
        """
        refused: dict[str, str] = {}
        over, ends = "", now() + PATIENCE
        for one in self._messages(load):
            over = over or (_NO_TIME if now() > ends else "")
            said, is_over = (over, True) if over else self._sent(one)
            over = said if is_over else ""
            if said:
                refused |= dict.fromkeys((alert.alert_id for alert in one.alerts), said)
        return outcome(self.name, load.due, refused)

    def _messages(self, load: Load) -> Iterator[_Message]:
        """Yield the messages, the worst first; where people read them, a storm is a few."""
        alerts = digest.ordered([stored.alert for stored in load.due])
        many = len(alerts) > MOST_SINGLY and hasattr(self._output, "summarize")
        singly = MOST_SINGLY - 1 if many else len(alerts)
        for alert in alerts[:singly]:
            yield _Message(message(self._output, alert, load.names, load.broken, now()), [alert])
        if rest := alerts[singly:]:
            summarizing = cast(Summarizing, self._output)
            shown = [mail.showable(alert, load.broken) for alert in rest]
            yield _Message(summarizing.summarize(shown, load.names), rest)

    def _sent(self, one: _Message) -> tuple[str, bool]:
        """Post a message; return why that failed, empty if it did not, and whether all others will.

        What comes out is a code: the texts of errors hold the address.
        """
        try:
            status = self._post(self._output.post(self._secrets.read(self._arn), one.text))
        except SecretError:
            self._secrets.forget(self._arn)
            return "SecretUnusable", True
        except HTTPClientError as error:
            return type(error).__name__, True
        except (BotoCoreError, ClientError) as error:
            return why(error), True
        if status in _OF_SECRET:
            self._secrets.forget(self._arn)
        is_sent = 200 <= status < 300  # noqa: PLR2004 - the statuses that HTTP calls successful
        return "" if is_sent else f"HTTP{status}", not is_sent and status not in _OF_ONE
