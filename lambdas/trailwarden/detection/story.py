"""Tells a rule the stories that stand below it, and says what comes of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from trailwarden.cloudtrail.event import Event
from trailwarden.detection.alert import Alert
from trailwarden.detection.engine import Engine
from trailwarden.detection.example import Example
from trailwarden.detection.finding import Finding, RuleFailure
from trailwarden.detection.rule import Mode, Rule
from trailwarden.environment import Environment


@dataclass(frozen=True)
class Outcome:
    """What came of a story."""

    alerts: Sequence[Alert]
    failures: Sequence[RuleFailure] = ()


def tell(
    rule: Rule, example: Example, environment: Environment, hunting: Sequence[Rule] = ()
) -> Outcome:
    """Tell `rule` a story, as if its mode were alert; `hunting` rules feed one that counts signals.

    An error of a rule's own correlation comes through.
    """
    events = [Event(record, environment) for record in example.records]
    return listener(rule, hunting)(events)


def listener(rule: Rule, hunting: Sequence[Rule] = ()) -> Callable[[Sequence[Event]], Outcome]:
    """Return what says what comes of events for `rule`, each time as if it knew no others."""
    alerting = replace(rule, mode=Mode.ALERT)
    engine = Engine([alerting, *(hunting if rule.signals else ())])

    def heard(events: Sequence[Event]) -> Outcome:
        outcomes = list(engine.afresh().evaluate(events))
        found = (o for o in outcomes if isinstance(o, Finding) and o.rule is alerting)
        failures = [o for o in outcomes if isinstance(o, RuleFailure)]
        return Outcome(list(_alerts(found)), failures)

    return heard


def differences(example: Example, outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Yield each outcome that was expected of a story and did not come, and the one that came."""
    if outcome.failures:
        yield _outcome(alerts=example.alerts), f"an error: {outcome.failures[0].error!r}"
        return
    if bool(outcome.alerts) is not example.alerts:
        yield _outcome(alerts=example.alerts), _outcome(alerts=bool(outcome.alerts))
        return
    worst = max((alert.severity for alert in outcome.alerts), default=None)
    if example.severity is not None and worst is not example.severity:
        yield f"severity {example.severity.label}", f"severity {worst.label if worst else 'none'}"
    last = max(outcome.alerts, key=lambda alert: alert.last_seen, default=None)
    if example.last is not None and last and last.severity is not example.last:
        yield f"a last severity {example.last.label}", f"severity {last.severity.label}"
    yield from _missing("subject", example.subject, (s for a in outcome.alerts for s in a.subjects))
    yield from _missing("label", example.label, (d for a in outcome.alerts for d in a.details))


def _missing(kind: str, expected: str | None, present: Iterable[str]) -> Iterator[tuple[str, str]]:
    texts = list(dict.fromkeys(present))
    if expected is not None and expected not in (texts or [""]):
        yield f"{kind} {expected!r}", f"{kind} {', '.join(map(repr, texts)) or 'none'}"


def _outcome(*, alerts: bool) -> str:
    return "an alert" if alerts else "no alert"


def _alerts(findings: Iterable[Finding]) -> Iterator[Alert]:
    together: dict[str, list[Finding]] = {}
    for finding in findings:
        together.setdefault(finding.alert_id, []).append(finding)
    return map(Alert.of, together.values())
