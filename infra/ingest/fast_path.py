"""The fast path: EventBridge rules made from what the detection rules look at."""

from collections.abc import Sequence

from aws_cdk import Annotations
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.ingest.event_rule import EventRule
from trailwarden.contract import event_patterns
from trailwarden.detection.rule import Rule

ROOM = 90
"""How many EventBridge rules are made without a word: some Regions allow 100 on a bus."""


class FastPath(Construct):
    """Sends events that `rules` look at to a queue, or to a bus in another Region or account.

    The names of its EventBridge rules begin with `names`.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: str,
        rules: Sequence[Rule],
        target_arn: str,
        undelivered: sqs.Queue | None = None,
        role_arn: str | None = None,
    ) -> None:
        super().__init__(scope, id_)
        patterns = event_patterns.patterns(rules)
        for number, pattern in enumerate(patterns, start=1):
            EventRule(
                self,
                f"Pattern{number:02}",
                name=f"{names}{number:02}",
                description="Forwards the events that Trailwarden's rules look at",
                pattern=pattern,
                target_arn=target_arn,
                undelivered=undelivered,
                role_arn=role_arn,
            )
        self._warn(rules, len(patterns))

    def _warn(self, rules: Sequence[Rule], count: int) -> None:
        """Tell of rules that EventBridge would refuse, and of more than a bus may have room for."""
        annotations = Annotations.of(self)
        for rule in rules:
            if reason := event_patterns.refusal(rule):
                says = f"{rule.id} waits for the log files, some minutes: {reason}"
                annotations.add_warning_v2(f"Trailwarden:Refused:{rule.id}", says)
        if count > ROOM:
            says = (
                f"the detection rules need {count} EventBridge rules, and some Regions allow 100:"
                " turn rules with many wildcards to hunt, or ask AWS to raise the quota"
            )
            annotations.add_warning_v2("Trailwarden:ManyEventRules", says)
