"""Reads uses of sessions: which one made a request, from which place, and with which program.

A place is a network of the internet, about one provider's, or the environment's own. It may be an
endpoint inside a VPC, too.
"""

from typing import NamedTuple

from trailwarden.cloudtrail.acting import of_acting
from trailwarden.cloudtrail.address import is_private_address, is_public_address, network
from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.networks import OWN_TAKEN, TAKEN
from trailwarden.cloudtrail.user_agent import browser_of, system_of
from trailwarden.detection.observation import Observation

OWN = "the own network"
LAMBDA = "Lambda"
"""All networks of Lambda, whose functions outside of a VPC come by addresses from everywhere."""
_RUNTIME = "exec-env/AWS_Lambda_"
ENDPOINT, OWN_ENDPOINT, _PRIVATE = TAKEN, OWN_TAKEN, "a private address"
BY, FOR, _WITH, AT = " by ", " for ", " with ", ", at "
"""The words between the parts of a label."""
_ON_THE_HOUR = " h"
_BROWSER, SYSTEM = "browser ", "system "
SEVERE = "severe acts of "


class Use(NamedTuple):
    """One use of a session, as its label tells it."""

    place: str
    service: str
    """The service and its Region."""
    session: str

    @property
    def network(self) -> str:
        """The place, without the program."""
        return self.place.partition(BY)[0]

    @property
    def program(self) -> str:
        """The program, or the device of a person; nothing where it is not known."""
        return self.place.partition(BY)[2]

    @property
    def is_of_person(self) -> bool:
        """Whether it tells the device of a person."""
        return self.program.startswith((_BROWSER, SYSTEM))

    @property
    def known_as(self) -> str:
        """The place as it is compared: a role's programs are told apart, and a person's are not."""
        return self.network if self.is_of_person else self.place


def from_place(act: str, event: Event) -> str:
    """Return the label of an act with the place that it came from, as far as that is known."""
    place = place_of(event)
    return f"{act} from {place}" if place else act


@of_acting
def place_of(event: Event) -> str:
    """Return the place that a request came from; nothing where only a service's name is known."""
    if event.vpc_endpoint_id:
        is_own = event.owns_account(event.text("vpcEndpointAccountId"))
        return f"{OWN_ENDPOINT if is_own else ENDPOINT}{event.vpc_endpoint_id}"
    address = event.source_ip_address
    if event.environment.is_egress(address):
        return OWN
    if event.caller is Caller.FUNCTION and _RUNTIME in event.user_agent:
        return LAMBDA
    if is_public_address(address):
        return network(address)
    return _PRIVATE if is_private_address(address) else ""


@of_acting
def session_id(event: Event) -> str:
    """Return what tells a session: its sign-in, or in the console when it began; else its key.

    A sign-in by `aws login` gets a new key every few minutes, and the console has many at a time.
    CloudShell shares the console's session, and is a machine of its own. It is known only by what
    it says it is, so it is another session, and not none.
    """
    identity = event.user_identity
    began = identity.text("sessionContext.attributes.creationDate") if event.from_console else ""
    sign_in = identity.text("sessionContext.signInSessionArn").rpartition("/")[2]
    if opened := sign_in or began:
        return f"{opened} (CloudShell)" if "exec-env/CloudShell" in event.user_agent else opened
    return identity.access_key_id or identity.text("credentialId")


def person_of(event: Event) -> str:
    """Return the person whose session of a role it is, if an address of mail names it.

    A provider of SAML names sessions so. The opener of a session may choose any name. So this may
    only part one session from others of its role, and never excuse.
    """
    name = event.user_identity.session_name
    return name if "@" in name else ""


def device_of(event: Event) -> str:
    """Return what a request tells of a person's machine: a browser, or the system of a program."""
    if browser := browser_of(event.user_agent):
        return f"{_BROWSER}{browser}"
    system = system_of(event.user_agent)
    return f"{SYSTEM}{system}" if system else ""


def use_label(
    event: Event,
    *,
    session: str = "",
    moves: bool = False,
    program: str = "",
    severe: bool = False,
) -> str:
    """Return the label of a use, as `TwoPlaces` reads it; nothing where its place is not known.

    To open a `session` is a use of it. Of each place, service and session, one use an hour is
    enough. One a minute is enough for a session that moves. With a `program`, two places of two
    programs need no turns.
    """
    place = place_of(event)
    if not place:
        return ""
    place = f"{place}{BY}{program}" if program else place
    hour = event.event_time.isoformat(" ", "minutes")[: len("2025-06-02 12")]
    at = f"{hour}:{event.event_time.minute:02}" if moves else f"{hour}{_ON_THE_HOUR}"
    service = f"{SEVERE if severe else ''}{event.service} in {event.aws_region}"
    return f"{place}{FOR}{service}{_WITH}{session or session_id(event)}{AT}{at}"


def use_of(seen: Observation) -> Use:
    """Return what the label of a use tells."""
    place, _, rest = seen.label.partition(FOR)
    service, _, session = rest.partition(_WITH)
    return Use(place, service, session.rpartition(AT)[0])


def is_inside(place: str) -> bool:
    """Say whether a place is inside of a VPC."""
    return place.startswith((ENDPOINT, _PRIVATE))


def is_moving(seen: Observation) -> bool:
    """Say whether the holder of a session may move, as a laptop does: a machine stays."""
    return not seen.label.endswith(_ON_THE_HOUR)
