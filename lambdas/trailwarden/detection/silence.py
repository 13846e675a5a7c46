"""Why a rule says nothing of an event."""

from enum import StrEnum

from trailwarden.cloudtrail.event import Event


class InvalidMatchError(TypeError):
    """A rule returns something other than a match; the message says what to write."""


class Silence(StrEnum):
    """Why a rule says nothing of an event that it looks at."""

    OUTCOME = "the outcome is none that the rule looks at"
    EXEMPT = "the caller is exempt"
    CALLER = "the caller is none that the rule is about"
    THROUGH_SERVICE = "a service made the request, and the rule is about direct ones"
    NOTHING = "`detect` returned nothing"
    HIDDEN = "the tuning hides it"


def shown(_event: Event) -> str:
    """Hide no event."""
    return ""
