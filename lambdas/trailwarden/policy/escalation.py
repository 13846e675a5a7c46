"""Says what a policy of a user, group or role lets its holder become.

`escalation_table` knows which permissions turn into more, `witness` how much a pattern reaches,
`holder` which conditions hold. A condition that may not hold makes a finding less certain, and
never takes it away. Only a denial that always holds takes permissions away.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import product
from typing import Any, NamedTuple

from trailwarden.policy.conditions import Truth, filled_by_caller
from trailwarden.policy.document import Statement, statements
from trailwarden.policy.escalation_table import ESCALATIONS, LAUNCHES, Escalation, Way
from trailwarden.policy.holder import ANY, NOBODY_KNOWN, Choice, Holder, effect
from trailwarden.policy.matching import fits
from trailwarden.policy.witness import (
    EVERY_NAME,
    NOBODYS,
    Witnesses,
    exact_names,
    fields_of,
    is_wide,
    ordinary_names,
    sample_names,
)

_IAM = {
    "group": (
        "iam:AddUserToGroup",
        "iam:AttachGroupPolicy",
        "iam:DeleteGroup",
        "iam:DetachGroupPolicy",
        "iam:GetGroup",
        "iam:PutGroupPolicy",
    ),
    "role": (
        "iam:AttachRolePolicy",
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:DetachRolePolicy",
        "iam:GetRole",
        "iam:ListRolePolicies",
        "iam:PutRolePolicy",
        "iam:TagRole",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",
    ),
    "user": (
        "iam:AttachUserPolicy",
        "iam:CreateAccessKey",
        "iam:CreateLoginProfile",
        "iam:CreateUser",
        "iam:DeleteUser",
        "iam:DetachUserPolicy",
        "iam:GetUser",
        "iam:ListUserPolicies",
        "iam:PutUserPolicy",
        "iam:TagUser",
        "iam:UpdateUser",
    ),
}
"""Actions of every kind on groups, roles and users: the holder of most of them has all of IAM."""
_MOST = 0.75
_PROBES = ("CreateThing", "DeleteThing", "GetThing", "ListThings", "PutThing", "UpdateThing")
"""Actions that no service has: only a pattern for all actions fits each of them."""
_ELSEWHERE = {"ec2-instance-connect": "ec2", "ssm": "ec2"}
"""Services whose actions may be on another service's resources."""
_ATTACHED = tuple(
    {"iam:policyarn": f"arn:aws:iam::{policy}"}
    for policy in ("aws:policy/AdministratorAccess", "aws:policy/IAMFullAccess", "0:policy/any")
)
"""What a holder who may attach policies chooses among."""
_DOCUMENTS = (
    "arn:aws:ssm:us-east-1::document/AWS-RunShellScript",
    "arn:aws:ssm:us-east-1::document/AWS-RunPowerShellScript",
    "arn:aws:ssm:us-east-1::document/AWS-RunRemoteScript",
    "arn:aws:ssm:us-east-1::document/AWS-RunDocument",
    "arn:aws:ssm:us-east-1::document/AWS-ApplyAnsiblePlaybooks",
    "arn:aws:ssm:us-east-1:111122223333:document/x7qz0",
)
"""Documents of SSM that run any command: AWS's, and one's own of any name."""
_ALL_INSTANCES = frozenset({"i-*", "mi-*"})
_NOTHING_CHOSEN: tuple[Choice, ...] = ({},)
_TO_ANY: Choice = {"iam:passedtoservice": ANY}
_ANY_REGION: tuple[Choice, ...] = ({"aws:requestedregion": ANY},)
"""What a holder chooses of services other than IAM, which is in one Region."""


class Finding(NamedTuple):
    """An action that turns into more, and how certainly."""

    action: str
    """The action, or those that are needed together: `iam:PassRole with ecs:RunTask`."""
    way: Way
    certain: bool = True
    """Whether no condition stands in the way."""

    @property
    def is_plain(self) -> bool:
        """Whether it leads to more in any account, with any content."""
        return self.certain and self.way not in {Way.RUN, Way.PAIR}


class Reach(NamedTuple):
    """Which names an action may be used on, a bit for each."""

    possible: int = 0
    """The names in some request, if conditions hold."""
    certain: int = 0
    """The names in every request."""


class Permissions:
    """What the statements of a policy allow together to its holder."""

    def __init__(self, document: Any, holder: Holder = NOBODY_KNOWN) -> None:
        self._holder = holder
        everything = list(statements(document))
        self._allowing = [s for s in everything if s.allows]
        self._denying = [s for s in everything if s.element.get("effect") == "Deny"]
        self._known: dict[Any, Any] = {}

    @cached_property
    def administers(self) -> Truth:
        """In how many requests the holder has all of IAM, over everybody or over itself."""
        wide = [self._has_most(kind, lambda _, names: is_wide(names)) for kind in ("role", "user")]
        own = (self._has_most(kind, Witnesses.is_own) for kind in _IAM)
        return max(min(wide), *own)

    @cached_property
    def findings(self) -> list[Finding]:
        """The actions that turn into more, by name."""
        alone = list(self._alone())
        found = (*alone, *self._launches(), *self._pairs(alone))
        return sorted(found, key=lambda finding: finding.action)

    def has_all_of(self, service: str) -> Truth:
        """Say in how many requests the holder has all actions of a service on all resources."""
        actions = [f"{service}:{probe}" for probe in _PROBES]
        reaches = [self._reach(a, lambda s: _all_things(s, service)) for a in actions]
        return _truth_of(all(r.possible for r in reaches), all(r.certain for r in reaches))

    @cached_property
    def launches(self) -> bool:
        """Whether the holder may have code run with a role that another policy lets it pass."""
        return any(self._anywhere(launch.action) for launch in LAUNCHES)

    @property
    def passes_any_role(self) -> bool:
        """Whether the holder is certain to pass roles of others to whichever service it likes."""
        return self._passes("any-service") is Truth.ALWAYS

    @cached_property
    def roles_taken(self) -> list[str]:
        """The patterns of names of roles that the holder may become, as the policy has them."""
        actions = ["iam:UpdateAssumeRolePolicy", "sts:AssumeRole"]
        if self.launches:
            actions.append("iam:PassRole")
        allowing = (s for a in actions for s in self._about(a, allows=True))
        arns = (arn for s in allowing if self._effect(s, _TO_ANY) for arn in s.resources)
        named = (arn.partition(":role/")[2].rpartition("/")[2] for arn in arns)
        own = self._holder.name if self._holder.kind == "role" else ""
        return [name for name in dict.fromkeys(named) if name and name.lower() != own.lower()]

    def _has_most(self, kind: str, is_enough: Callable[[Witnesses, int], bool]) -> Truth:
        witnesses, actions = self._witnesses(kind), _IAM[kind]
        reaches = [self._iam_reach(action, kind) for action in actions]
        possible = sum(is_enough(witnesses, reach.possible) for reach in reaches)
        certain = sum(is_enough(witnesses, reach.certain) for reach in reaches)
        least = _MOST * len(actions)
        return _truth_of(possible >= least, certain >= least)

    def _alone(self) -> Iterator[Finding]:
        """Yield what escalates without a role that is passed."""
        for escalation in ESCALATIONS:
            judged = self._judged(escalation)
            beside = [self._anywhere(action) for action in escalation.beside]
            if escalation.documents:
                beside.append(_truth_of(*map(bool, self._reach(escalation.action, _documents))))
            held = min([judged, *beside])
            if held:
                action = " with ".join((escalation.action, *escalation.beside))
                yield Finding(action, escalation.way, held is Truth.ALWAYS)

    def _judged(self, escalation: Escalation) -> Truth:
        action, way = escalation.action, escalation.way
        if way is Way.ROOT:
            return self._anywhere(action)
        if not escalation.kind:
            service = action.partition(":")[0]
            reach = self._reach(action, lambda s: self._things(s, service), _ANY_REGION)
            return _truth_of(is_wide(reach.possible), is_wide(reach.certain))
        places = (False, True) if action.startswith("sts:") else (False,)
        return max(self._judged_in_iam(escalation, elsewhere=place) for place in places)

    def _judged_in_iam(self, escalation: Escalation, *, elsewhere: bool) -> Truth:
        witnesses = self._witnesses(escalation.kind, elsewhere=elsewhere)
        reach = self._iam_reach(escalation.action, escalation.kind, elsewhere=elsewhere)

        def is_enough(names: int) -> bool:
            other = Witnesses.is_own if escalation.way is Way.GRANT else Witnesses.is_privileged
            return is_wide(names) or other(witnesses, names)

        return _truth_of(is_enough(reach.possible), is_enough(reach.certain))

    def _launches(self) -> Iterator[Finding]:
        """Yield what runs with a role that is passed."""
        for launch in LAUNCHES:
            passed = max(self._passes(service) for service in launch.passed_to)
            held = min(passed, self._anywhere(launch.action)) if passed else passed
            if held:
                action = f"iam:PassRole with {launch.action}"
                yield Finding(action, Way.PASSING, held is Truth.ALWAYS)

    def _passes(self, service: str) -> Truth:
        """Say in how many requests roles of others, or an administrator's, go to a service."""
        if ("pass", service) not in self._known:
            witnesses = self._witnesses("role")
            chosen = ({"iam:passedtoservice": f"{service}.amazonaws.com"},)
            reach = self._reach("iam:PassRole", witnesses.reached_by, chosen)
            self._known["pass", service] = _truth_of(
                *(is_wide(names) or witnesses.is_privileged(names) for names in reach)
            )
        found: Truth = self._known["pass", service]
        return found

    def _pairs(self, alone: Iterable[Finding]) -> Iterator[Finding]:
        """Yield the permissions by which the holder changes a few users or roles, and becomes them.

        A caller that may make a role says who becomes it.
        """
        known = {finding.action for finding in alone}
        for kind, made in (("user", ()), ("role", ("iam:CreateRole",))):
            witnesses = self._witnesses(kind)
            for grant, take in product(_of(Way.GRANT, kind), (*_of(Way.TAKE, kind), *made)):
                changed, taken = self._iam_reach(grant, kind), self._iam_reach(take, kind)
                same = changed.possible & taken.possible
                if witnesses.is_literal(same) and known.isdisjoint({grant, take}):
                    yield Finding(f"{grant} with {take}", Way.PAIR)

    def _iam_reach(self, action: str, kind: str, *, elsewhere: bool = False) -> Reach:
        key = action, kind, elsewhere
        if key not in self._known:
            witnesses = self._witnesses(kind, elsewhere=elsewhere)
            choices = _ATTACHED if action.startswith("iam:Attach") else _NOTHING_CHOSEN
            self._known[key] = self._reach(action, witnesses.reached_by, choices)
        found: Reach = self._known[key]
        return found

    def _witnesses(self, kind: str, *, elsewhere: bool = False) -> Witnesses:
        key = kind, elsewhere
        if key not in self._known:
            known = exact_names(kind, self._holder.privileged)
            literals = (*sample_names(kind, self._allowing), *known)
            self._known[key] = Witnesses(kind, self._holder, literals, elsewhere)
        found: Witnesses = self._known[key]
        return found

    def _anywhere(self, action: str) -> Truth:
        """Say in how many requests the action is allowed on anything at all."""
        reach = self._reach(
            action, lambda s: 1 if s.allows else int(s.covers_all_resources), _ANY_REGION
        )
        return _truth_of(bool(reach.possible), bool(reach.certain))

    def _reach(
        self,
        action: str,
        names: Callable[[Statement], int],
        choices: tuple[Choice, ...] = _NOTHING_CHOSEN,
    ) -> Reach:
        """Return which names an action reaches in the best of the holder's choices."""
        allowing = self._about(action, allows=True)
        denying = self._about(action, allows=False) if allowing else []
        possible = certain = 0
        for choice in choices if allowing else ():
            denied = sum_of(names(s) for s in denying if self._effect(s, choice) is Truth.ALWAYS)
            held = [(names(s), truth) for s in allowing if (truth := self._effect(s, choice))]
            possible |= sum_of(reached for reached, _ in held) & ~denied
            certain |= sum_of(reached for reached, t in held if t is Truth.ALWAYS) & ~denied
        return Reach(possible, certain)

    def _about(self, action: str, *, allows: bool) -> list[Statement]:
        """Return the statements that allow, or deny, an action; few are about its service."""
        service = action.partition(":")[0]
        key = service, allows
        if key not in self._known:
            some = self._allowing if allows else self._denying
            self._known[key] = [s for s in some if _is_about(s, service)]
        return [s for s in self._known[key] if s.covers_action(action)]

    def _effect(self, statement: Statement, choice: Choice) -> Truth:
        key = statement, *sorted(choice.items())
        if key not in self._known:
            self._known[key] = effect(statement, self._holder, choice)
        found: Truth = self._known[key]
        return found

    def _things(self, statement: Statement, service: str) -> int:
        """Return which names of a service's resources a statement is about."""
        services = {service, _ELSEWHERE.get(service, service)}
        spared = "notresource" in statement.element
        chosen = "*" if statement.allows is not spared else NOBODYS
        some = statement.not_resources if spared else statement.resources
        patterns = (filled_by_caller(pattern, chosen) for pattern in some)
        named = sum_of(self._thing_names(pattern, services) for pattern in patterns)
        return EVERY_NAME & ~named if spared else named

    def _thing_names(self, pattern: str, services: set[str]) -> int:
        if not set(pattern) - set("*?:"):
            return EVERY_NAME
        _, partition, service, _, account, resource = fields_of(pattern)
        owner = self._holder.account_id
        fitting = fits(partition, self._holder.partition) and (
            not owner or not account or fits(account, owner)
        )
        kind, *names = re.split(r"[:/]", resource)
        if not (fitting and any(fits(service, one) for one in services)) or kind == "document":
            return 0
        name = names[0] if names else kind
        return EVERY_NAME if name in _ALL_INSTANCES else ordinary_names(name)


def _of(way: Way, kind: str) -> tuple[str, ...]:
    """Return the actions of the table that write policies, or that take a principal."""
    found = (e.action for e in ESCALATIONS if e.way is way and e.kind == kind)
    return tuple(action for action in found if not action.endswith("Boundary"))


def sum_of(names: Iterator[int]) -> int:
    """Return the names that are in any of several sets."""
    together = 0
    for some in names:
        together |= some
    return together


def _is_about(statement: Statement, service: str) -> bool:
    """Say whether a statement may be about actions of a service."""
    patterns = (pattern.partition(":")[0] for pattern in statement.actions)
    return bool(statement.not_actions) or any(fits(pattern, service) for pattern in patterns)


def _truth_of(possible: bool, certain: bool) -> Truth:
    if certain:
        return Truth.ALWAYS
    return Truth.SOMETIMES if possible else Truth.NEVER


def _all_things(statement: Statement, service: str) -> int:
    """Return 1 for a statement about all resources of a service; a denial of some counts not."""
    if "notresource" in statement.element:
        return int(statement.covers_all_resources and statement.allows)
    return int(any(_is_all_of(pattern, service) for pattern in statement.resources))


def _is_all_of(pattern: str, service: str) -> bool:
    if not set(pattern) - set("*?:"):
        return "*" in pattern
    _, _, of, _, _, resource = fields_of(pattern)
    return fits(of, service) and not set(resource) - set("*?:/") and "*" in resource


def _documents(statement: Statement) -> int:
    """Return which documents that run any command a statement is about."""
    some = statement.not_resources or statement.resources
    fitted = sum_of(
        1 << n for n, arn in enumerate(_DOCUMENTS) if any(_fits_arn(p, arn) for p in some)
    )
    return (1 << len(_DOCUMENTS)) - 1 & ~fitted if statement.not_resources else fitted


def _fits_arn(pattern: str, arn: str) -> bool:
    """Say whether a pattern fits a document, in any Region and account."""
    wanted, fields = fields_of(pattern), fields_of(arn)
    return set(pattern) == {"*"} or all(fits(wanted[n], fields[n]) for n in (0, 1, 2, 5))
