"""Tells people and machines of alerts: at least once, when `notify.schedule` says so.

People come before machines. Each output and each alert stands by itself: what fails is counted,
stays pending, and costs no other. The sweep sends it again.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from trailwarden.aws.clock import now
from trailwarden.aws.incidents.parcels import MOST_WAIT, has_late_news, incident_mail, parcels
from trailwarden.aws.mailing import publish, rendered
from trailwarden.aws.outputs.sender import Failed, Load, Outcome, why
from trailwarden.contract.table import ALERT
from trailwarden.detection.alert import Belonging
from trailwarden.detection.severity import Severity
from trailwarden.notify import digest, schedule
from trailwarden.notify.account import NAMELESS
from trailwarden.notify.routes import EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from mypy_boto3_sns import SNSClient

    from trailwarden.aws.alert_item import Stored
    from trailwarden.aws.delivery import Delivery
    from trailwarden.aws.incidents.around import Around
    from trailwarden.aws.incidents.asking import Asking
    from trailwarden.aws.incidents.derivation import Derived, Incidents
    from trailwarden.aws.incidents.parcels import Parcel
    from trailwarden.aws.mailbox import Mailbox
    from trailwarden.aws.outputs.sender import Sender
    from trailwarden.detection.finding import RuleFailure
    from trailwarden.notify.account import AccountNames
    from trailwarden.notify.routes import Routes

PEOPLE = "people"
TABLE = "table"
"""Where alerts fail that somebody else wrote, changed or deleted."""

LOOK_AFTER_FAILURE = timedelta(minutes=20)
"""How long after a failure a told incident is looked at again."""

AT_A_TIME = 10
"""How many alerts are written to at the same time. botocore has ten connections."""

MANY = 200
Result = TypeVar("Result")


@dataclass
class Told:
    """What became of alerts that were pending."""

    sent: int = 0
    """Of how many alerts people were told."""

    oldest_seconds: int = 0
    """How long the oldest had been pending."""

    failed: list[Failed] = field(default_factory=list)
    """What did not go out, and why."""

    broken: list[RuleFailure] = field(default_factory=list)
    """Rules whose words make no mail or message, so that a stand-in told of their alerts."""

    after: Mapping[str, Stored] = field(default_factory=dict)
    """The alerts that people were told of, as they are since, by their ids."""


class Dispatcher:
    """Sends pending alerts of the outbox."""

    def __init__(
        self,
        outbox: Delivery,
        mailbox: Mailbox,
        sns: SNSClient,
        *,
        people_topic_arn: str,
        outputs: Sequence[Sender] = (),
        routes: Routes = EVERYWHERE,
        account_names: Callable[[], AccountNames] = lambda: NAMELESS,
        on_sent: Callable[[int], None] = lambda _: None,
        incidents: Incidents | None = None,
        around: Around | None = None,
        asking: Asking | None = None,
    ) -> None:
        """Take the parts; `on_sent` hears at once of how many alerts a mail told.

        Without `incidents` each alert is told by itself. With `around`, the mails of incidents tell
        of the acts around them. With `asking`, people are asked about responses.
        """
        self._outbox, self._mailbox, self._sns = outbox, mailbox, sns
        self._account_names, self._on_sent = account_names, on_sent
        self._people, self._incidents = people_topic_arn, incidents
        self._around, self._asking = around, asking
        self._derived: Mapping[str, Derived] = {}
        self._machines, self._routes = outputs, routes

    def dispatch(self, alert_ids: Iterable[str]) -> Told:
        """Tell of those alerts that are due, people only as far as mails may go out."""
        asked, told = [*dict.fromkeys(alert_ids)], Told()
        found = [self._sound(stored) for stored in self._outbox.get_all(asked)]
        self._report_deleted(asked, found, told)
        pending = [stored for stored in found if stored.pending_since]
        moment = now()
        young = [s for s in pending if s.is_due and _is_for_dispatch(s, moment)]
        told_now = {_id(stored) for stored in young}
        self._derive([s for s in pending if _id(s) in told_now or self._may_go_out(s)])
        parcels = self._parcels(young, moment)
        if parcels and self._may_mail([stored for parcel in parcels for stored in parcel.due]):
            for parcel in parcels:
                mailed = self._mail(self._leased(parcel), told, parcel.incident)
                told.after = {**told.after, **mailed}
        self._tell_machines(pending, told)
        self._report_unreadable(told)
        return told

    def waiting(self) -> list[Stored]:
        """Return the alerts that somebody has yet to hear of, and that are not being sent."""
        return [self._sound(stored) for stored in self._outbox.pending()]

    def _sound(self, stored: Stored) -> Stored:
        """Return an alert as no one else changed it: untold, where somebody did."""
        if stored.changed:
            return self._outbox.repair(stored)
        if stored.is_due and not stored.pending_since:
            self._outbox.mark_pending(stored)
            return replace(stored, pending_since=now())
        return stored

    def age_of_oldest(self, waiting: Iterable[Stored]) -> timedelta:
        """Return how long the oldest of `waiting` has been pending that nothing keeps waiting."""
        moment = now()
        ages = (_age(s, moment) for s in waiting if not self._may_wait(s, moment))
        return max(ages, default=timedelta())

    def _may_wait(self, stored: Stored, moment: datetime) -> bool:
        """Say whether an alert waits only for people's next mail: LOW ones do, and repetition."""
        if stored.is_held(moment):
            return not self._waiting(stored)
        is_mild = schedule.may_wait(_age(stored, moment), stored.alert.severity)
        return is_mild and stored.is_due and not self._waiting(stored)

    def send_digest(self, waiting: Sequence[Stored]) -> Told:
        """Tell people in one mail of all that the dispatcher left behind, when it is quiet."""
        moment = now()
        told = Told(oldest_seconds=int(self.age_of_oldest(waiting).total_seconds()))
        due = [
            (stored, _age(stored, moment))
            for stored in waiting
            if stored.is_due and not stored.is_held(moment)
        ]
        ages = [(age, stored.alert.severity) for stored, age in due]
        if schedule.is_digest_due(ages) and self._mailbox.take_digest():
            left = [stored for stored, age in due if schedule.is_for_digest(age)]
            self._derive(left)
            for parcel in self._parcels(left, moment, is_sweep=True):
                if not parcel.incident and all(_is_patient(s, moment) for s in parcel.due):
                    continue  # the others are news of incidents: a LOW alert calls nobody
                due_now = self._leased(parcel) if parcel.incident else parcel.due
                told.after = {**told.after, **self._mail(due_now, told, parcel.incident)}
        self._report_unreadable(told)
        return told

    def look_again(self) -> None:
        """Tell people what came to be known since of incidents that they heard of.

        An opening may come later than the alerts that it joins. Nothing depends on it.
        """
        if not self._incidents:
            return
        survived, failed = (
            self._incidents.lapses.survived,
            "Told incidents were not looked at again.",
        )
        with survived(failed):
            for incident_id, alert_id in [*self._incidents.unsettled()]:
                with survived(failed):
                    self._look_again(incident_id, alert_id, self._incidents)
                    continue
                with survived(failed):  # it must not keep others from being looked at
                    self._incidents.postpone(incident_id, now() + LOOK_AFTER_FAILURE)

    def _look_again(self, incident_id: str, alert_id: str, incidents: Incidents) -> None:
        stored = incidents.alert(alert_id)
        derived = incidents.of([stored]).get(alert_id) if stored else None
        if derived and has_late_news(derived):
            moment = now()
            if (later := derived.next_mail(moment)) > moment:
                incidents.postpone(incident_id, later)
                return
            if self._mailbox.take(derived.incident.severity, derived.incident.id):
                self._publish(*incident_mail(derived, [], self._names(), self._around))
                self._have_outputs_told(derived)
                incidents.note(derived)
                self._ask([derived])
            return
        if derived:
            self._ask([derived])  # it may have failed before
        incidents.settle(incident_id)

    def _have_outputs_told(self, derived: Derived) -> None:
        """Have outputs told of alerts that only their incident makes bad enough for them."""
        for stored in derived.stored.values():
            if not stored.pending_since and self._waiting(derived.with_incident(stored)):
                self._outbox.mark_pending(stored)

    def serve_machines(self, waiting: Sequence[Stored], before: Told) -> Told:
        """Send to machines the rest of `waiting`, of which people were told `before`."""
        moment, told = now(), Told(after=before.after)
        left = [stored for stored in waiting if schedule.is_for_digest(_age(stored, moment))]
        self._derive([stored for stored in left if self._may_go_out(stored)])
        self._tell_machines(left, told, is_sweep=True)
        return told

    def _derive(self, alerts: Sequence[Stored]) -> None:
        """Derive the incidents of alerts that somebody is to hear of."""
        self._derived = self._incidents.of(alerts) if self._incidents and alerts else {}

    def _parcels(
        self, due: Sequence[Stored], moment: datetime, *, is_sweep: bool = False
    ) -> list[Parcel]:
        """Return what goes out in one mail each; an alert of an incident may have to wait."""
        chosen = parcels(due, self._derived, moment, is_sweep=is_sweep)
        for stored, until in chosen.held:
            self._outbox.hold(stored, until)
        return chosen.parcels

    def _leased(self, parcel: Parcel) -> list[Stored]:
        """Return the alerts of a parcel that nobody else sends."""
        return [stored for stored in parcel.due if self._outbox.lease(stored)]

    def _may_mail(self, young: Sequence[Stored]) -> bool:
        worst = digest.ordered([stored.alert for stored in young])[0]
        return self._mailbox.take(worst.severity, worst.rule.id)

    def _mail(
        self, leased: Sequence[Stored], told: Told, incident: Derived | None = None
    ) -> Mapping[str, Stored]:
        """Send a mail of alerts that nobody else sends; return them as they are then, by id."""
        if not leased:
            return {}
        try:
            self._publish(*self._rendered(leased, told, incident))
        except (BotoCoreError, ClientError) as error:
            told.failed += [Failed(_id(s), PEOPLE, why(error)) for s in leased]
            return {}
        told.sent += len(leased)
        self._on_sent(len(leased))

        def mark(stored: Stored) -> Stored:
            return self._outbox.mark_sent(stored, wait=bool(self._waiting(self._belonging(stored))))

        after = {_id(stored): stored for stored in _each(mark, leased)}
        if self._incidents:
            told_of = [self._derived[id_] for id_ in after if id_ in self._derived]
            self._incidents.note_all(told_of, by_itself=incident is None)
            self._ask(told_of)
        return after

    def _ask(self, told_of: Iterable[Derived]) -> None:
        """Have people asked about a response, where a deployment wants it."""
        if self._asking:
            self._asking.ask(told_of)

    def _rendered(
        self, leased: Sequence[Stored], told: Told, incident: Derived | None
    ) -> tuple[str, str]:
        """Return the subject and the text of a mail.

        An alert whose rule's words fail keeps back no other: a stand-in tells of it. An incident
        that makes no mail is told by its alerts.
        """
        if incident and self._incidents:
            with self._incidents.lapses.survived("An incident made no mail: its alerts did."):
                return incident_mail(incident, leased, self._names(), self._around)
        alerts, update = [s.alert for s in leased], leased[0].is_update
        return rendered(alerts, self._names(), told.broken, update=update)

    def _publish(self, subject: str, text: str) -> None:
        publish(self._sns, self._people, subject, text)

    def _waiting(self, stored: Stored) -> list[str]:
        """Return the outputs that have to send an alert."""
        names = [m.name for m in self._machines if stored.is_due_to(m.name, brief=m.brief)]
        return [name for name in names if self._routes.takes(name, stored.alert)]

    def _may_go_out(self, stored: Stored) -> bool:
        """Say whether an output has to send an alert, if its incident is as bad as one can be."""
        worst = Belonging("", Severity.CRITICAL, ())
        return bool(self._waiting(replace(stored, alert=replace(stored.alert, incident=worst))))

    def _tell_machines(
        self, pending: Sequence[Stored], told: Told, *, is_sweep: bool = False
    ) -> None:
        """Send each alert over each output that has to send it, and write down which went out."""
        left = [self._belonging(told.after.get(_id(stored), stored)) for stored in pending]
        due = [stored for stored in left if self._waiting(stored)]
        names = self._names() if due else NAMELESS
        known = {id_: derived.incident for id_, derived in self._derived.items()}
        done: dict[str, list[str]] = {}
        for machines in self._machines:
            for_them = [s for s in due if machines.name in self._waiting(s)]
            if not for_them:
                continue
            sent, failed = _sent(machines, Load(for_them, names, known, told.broken, is_sweep))
            told.failed += failed
            for stored in sent:
                done.setdefault(_id(stored), []).append(machines.name)

        def mark(stored: Stored) -> None:
            outputs = done.get(_id(stored), [])
            wait = stored.is_due or len(outputs) < len(self._waiting(stored))
            wait = wait or self._may_go_later(stored)
            brief = [machines.name for machines in self._machines if machines.brief]
            self._outbox.mark_published(stored, outputs, wait=wait, brief=brief)

        _each(mark, [s for s in left if _id(s) in done or (s.pending_since and self._is_over(s))])

    def _belonging(self, stored: Stored) -> Stored:
        """Return an alert that tells to which incident it belongs, where that is known."""
        derived = self._derived.get(_id(stored))
        return derived.with_incident(stored) if derived else stored

    def _is_over(self, stored: Stored) -> bool:
        """Say whether everybody has heard of an alert."""
        return not (stored.is_due or self._waiting(stored) or self._may_go_later(stored))

    def _may_go_later(self, stored: Stored) -> bool:
        """Say whether an output may have to send an alert, of whose incident nobody knows yet."""
        later = self._incidents.later if self._incidents else ()
        is_young = _age(stored, now()) < MOST_WAIT
        return _id(stored) in later and is_young and self._may_go_out(stored)

    def _names(self) -> AccountNames:
        """Return the names of accounts; none when they cannot be read, for ids do as well."""
        try:
            return self._account_names()
        except (BotoCoreError, ClientError):
            return NAMELESS

    def _report_deleted(self, asked: Sequence[str], found: Sequence[Stored], told: Told) -> None:
        """Report alerts that are not there any more: nobody of ours deletes one."""
        there = {_id(stored) for stored in found}
        there |= {key.removeprefix(ALERT) for key in self._outbox.unreadable}
        told.failed += [Failed(a, TABLE, "it was deleted") for a in asked if a not in there]

    def _report_unreadable(self, told: Told) -> None:
        found, self._outbox.unreadable = self._outbox.unreadable, {}
        told.failed += [Failed(key, TABLE, why) for key, why in found.items()]


def _sent(machines: Sender, load: Load) -> Outcome:
    """Send over an output. A failure there costs no other output, and its alerts come again."""
    try:
        return machines.send(load)
    except Exception as error:  # noqa: BLE001 - one output must not hold back another
        kind = type(error).__name__
        return Outcome([], [Failed(_id(stored), machines.name, kind) for stored in load.due])


def _each(function: Callable[[Stored], Result], items: Sequence[Stored]) -> list[Result]:
    """Return what a function makes of each item: of many, several at a time."""
    if len(items) < MANY:
        return [function(item) for item in items]
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return list(pool.map(function, items))


def _is_for_dispatch(stored: Stored, moment: datetime) -> bool:
    """Say whether the dispatcher may mail an alert: it is young, and nobody is sending it."""
    return stored.is_free(moment) and schedule.is_young(_age(stored, moment))


def _is_patient(stored: Stored, moment: datetime) -> bool:
    """Say whether an alert is LOW, and may wait for the next digest."""
    return schedule.may_wait(_age(stored, moment), stored.alert.severity)


def _id(stored: Stored) -> str:
    return stored.alert.alert_id


def _age(stored: Stored, moment: datetime) -> timedelta:
    """Return how long an alert has been pending."""
    return moment - (stored.pending_since or moment)
