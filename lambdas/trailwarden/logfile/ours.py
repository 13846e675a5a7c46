"""Knows what a scan itself writes: no log file, though it may lie beside them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from trailwarden.cloudtrail.values import dig
from trailwarden.logfile.outcome import Batch, Note, Outcome

NOTE = "is an output of Trailwarden, and no log file: it is passed over"

START = 4 << 10
"""From how many bytes an output is told."""

_KEYS = (
    {"rule_id", "alert_id", "event_ids"},
    {"change", "difference", "alert"},
    {"actor", "events", "refused", "failed", "callers"},
)
"""The fields of an alert, a change that `--compare` tells, and an actor of `--summary`."""

_SEVERITY = rb"(?:CRITICAL|HIGH|MEDIUM|LOW|INFORMATIONAL)"
_TEXT = re.compile(
    rb"time,severity,rule_id,title,|actor,events,refused,failed,|trailwarden scan state |"
    rb"Severity  Alerts  Events  Rules|all [\d,]+ actors?\n|No alerts\.\n|No incidents\.\n|"
    rb"Nothing could be read\.\n|"
    rb"(?:changed|hidden|shown)  [a-z]+  \d{4}-\d\d-\d\d |"
    rb"(?:## )?" + _SEVERITY + rb" +[^\n]+\n\n?(?:  Who:|  When:|- When:|- Who:)|"
    rb"(?s:<!doctype html>\n.{1,999}?<title>Trailwarden: )"
)
_JSON = re.compile(
    rb'\{"rule_id":"[^"]*","title":|\{"change": "[a-z]+", "difference": |'
    rb'\{"actor": "[^\n]*", "events": \d+, "refused": |\[\s*\{"SchemaVersion":"[^"]*",'
    rb'"Id":"trailwarden/|\{"category_uid":2,"category_name":"Findings","class_uid":'
)


def is_written_here(start: bytes) -> bool:
    """Say whether a file that begins so is an output of a scan, in any form."""
    return bool(_TEXT.match(start) or _JSON.match(start))


def is_text(start: bytes) -> bool:
    """Say whether a file that begins so is an output of a scan that is no JSON."""
    return bool(_TEXT.match(start))


def is_object(value: Mapping[str, Any]) -> bool:
    """Say whether an object is of an output of a scan."""
    if any(keys <= value.keys() for keys in _KEYS):
        return True
    made_by = value.get("ProductName"), dig(value, "metadata.product.name")
    return "Trailwarden" in made_by


class Passed:
    """Passes over an output. Records that somebody put into one are read all the same."""

    def __init__(self, json: Any) -> None:
        """Take what reads a file of JSON."""
        self._json, self._is_odd = json, False
        self._is_told = False

    def take(self, chunk: bytes) -> Iterator[Outcome]:
        """Yield a word, and the records that `chunk` completes."""
        yield from self._passed(self._json.take(chunk))

    def finish(self, *, cut_off: bool) -> Iterator[Outcome]:
        """Yield the records that are left."""
        yield from self._passed(self._json.finish(cut_off=cut_off))

    def _passed(self, outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
        if not self._is_told:
            self._is_told = True
            yield Note(NOTE)
        for outcome in outcomes:
            self._is_odd = self._is_odd or isinstance(outcome, Batch)
            if self._is_odd:
                yield outcome
