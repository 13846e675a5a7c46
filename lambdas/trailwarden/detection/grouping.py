"""Groups events by who acted, or by whom they belong to: the keys within which they add up."""

from trailwarden.cloudtrail.acting import of_acting
from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.event import Event

_TEAM = "people of "


@of_acting
def by_actor(event: Event) -> str:
    """Group by account and actor, over all sessions, keys and addresses of the actor."""
    return actor_key(event.recipient_account_id, event.actor)


@of_acting
def by_lineage(event: Event) -> str:
    """Group as `by_actor` does, and add up over few actors that descend from one of them.

    So a change of user, role or key between the acts hides nothing: see `detection/kinship.py`.
    """
    return by_actor(event)


@of_acting
def across_accounts(event: Event) -> str:
    """Group by the person, in all accounts; others by the account and actor.

    Only Identity Center names the sessions of its roles.
    """
    identity = event.user_identity
    return f"person {identity.session_name}" if identity.is_sso_role else by_actor(event)


def by_account(event: Event) -> str:
    """Group by account: what anybody in it did adds up, or is known."""
    return event.recipient_account_id


@of_acting
def by_team(event: Event) -> str:
    """Group people of Identity Center as `team_of` does, and others by the account."""
    return team_of(event) or by_account(event)


@of_acting
def by_team_or_actor(event: Event) -> str:
    """Group people of Identity Center as `team_of` does, and others by account and actor."""
    return team_of(event) or by_actor(event)


@of_acting
def team_of(event: Event) -> str:
    """Return the people that a person of Identity Center belongs to; nothing for others.

    They are those of one permission set, in all accounts of one class. Nobody else can choose what
    Identity Center calls its roles and their sessions.
    """
    permission_set = event.user_identity.permission_set
    if not permission_set or event.caller is not Caller.PERSON:
        return ""
    return f"{_TEAM}{permission_set}/{event.environment.class_of(event.recipient_account_id)}"


def personal(event: Event, act: str) -> str:
    """Return a label of an act that tells the people of one team apart."""
    if not team_of(event):
        return act
    return f"{act} by {event.user_identity.session_name} in {event.recipient_account_id}"


def is_team(group: str) -> bool:
    """Say whether a group is the people of a permission set, in many accounts."""
    return group.startswith(_TEAM)


def actor_key(account_id: str, actor: str) -> str:
    """Return what tells one actor of one account from all others."""
    return f"{account_id}/{actor}"
