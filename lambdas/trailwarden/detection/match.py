"""The answer of a rule's `detect`."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from trailwarden.detection.severity import Severity


class Match(NamedTuple):
    """What a rule sees in an event. Nothing needs cutting: observations and mails do that."""

    label: str | Sequence[str] = ""
    """What an alert shows as its detail. A correlation counts each label by itself."""

    severity: Severity | None = None
    """Worse, or less bad, than the rule's own severity."""

    subject: str = ""
    """The thing that was touched: each subject is an alert of its own."""

    title: str = ""
    """The alert's title, where the rule covers several acts: `KMS key policy opened to anyone`."""

    @property
    def labels(self) -> Sequence[str]:
        """The labels, one or several."""
        return (self.label,) if isinstance(self.label, str) else tuple(self.label) or ("",)


def _is_plain(label: object, severity: object, subject: object, title: object) -> bool:
    """Say whether a match has texts, and a severity or none."""
    return (
        subject.__class__ is title.__class__ is str
        and (severity is None or severity.__class__ is Severity)
        and (label.__class__ is str or (isinstance(label, list) and all(map(_is_text, label))))
    )


def _is_text(value: object) -> bool:
    return value.__class__ is str


def match_fault(match: object) -> str:
    """Return the fault in the answer of `detect`; nothing where it is a match."""
    if match.__class__ is Match and _is_plain(*match):  # nearly each, so it has to be quick
        return ""
    if not isinstance(match, Match):
        return f"detect returned {match!r:.60}: return Match(...), or None for nothing"
    said: Mapping[str, Any] = match._asdict()
    labels = said["label"] if isinstance(said["label"], Sequence) else (said["label"],)
    if not isinstance(labels, str) and not all(isinstance(text, str) for text in labels):
        return f"the match has the label {said['label']!r:.60}: give it a text, or a list of texts"
    if not (said["severity"] is None or isinstance(said["severity"], Severity)):
        return f"the match has the severity {said['severity']!r:.60}: write Severity.HIGH"
    odd = [name for name in ("subject", "title") if not isinstance(said[name], str)]
    return f"the match has the {odd[0]} {said[odd[0]]!r:.60}: give it a text" if odd else ""
