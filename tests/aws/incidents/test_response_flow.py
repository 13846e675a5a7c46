"""A response from the first alert to the last mail, in the local AWS.

moto's Step Functions runs the definition that the stack deploys, waits for the task token, and
calls moto's IAM. Its Lambda hands each call to the handler here. It enforces no permission, which
`tests/infra/test_response.py` has. It writes the prefix of IAM's errors in small letters, so the
definition is changed in that. It forgets the cause of a task that a person declined.
"""

import itertools
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import AWSManagedPolicy, iam_backends

from infra.response.machine import definition
from tests.aws.machines import account_of_machines
from tests.aws.stack import Stack
from tests.aws.world import (
    PLENTY_OF_TIME,
    RULES,
    Clock,
    Sent,
    World,
    assembled,
    batch,
    clock,
    happened,
    world,
)
from tests.cli import running
from trailwarden.catalog.discovery import Pack
from trailwarden.cli import incidents
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, console_login, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.handlers import detect, dispatch, respond
from trailwarden.notify.acts import ACT, DRY_RUN, MACHINE_OUTPUT, SESSIONS_POLICY, TOKEN_TIME

__all__ = ["assembled", "clock", "world"]

BECAUSE = ("--owner", "ann", "--reason", "a drill")
MODES = {ACT: "Trailwarden", DRY_RUN: "Dry"}
ROLE = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/any"
HOURS = itertools.count()
"""An hour for each test: no two executions may bear one name."""
PATIENCE = 30
"""After how many seconds a test gives up."""


@pytest.fixture(scope="module")
def account() -> Iterator[World]:
    """An account whose state machines run."""
    with account_of_machines(lambda payload: respond.handler(payload, None)) as made:
        yield made


@pytest.fixture(scope="module")
def stacks(account: World) -> Sequence[str]:
    """Make deployments, one whose response acts and one whose response runs dry."""
    states: Any = account.session.client("stepfunctions")
    stack = Stack(account)
    for mode, name in MODES.items():
        text = json.dumps(definition(mode, "aws")).replace('"Iam.', '"iam.')
        text = text.replace("${Function}", "respond")
        made = states.create_state_machine(name=name, definition=text, roleArn=ROLE)
        stack.deploy(f"{name}-Response", **{MACHINE_OUTPUT: made["stateMachineArn"]})
    stack.deployed(datetime(2025, 6, 1, tzinfo=UTC))
    return list(MODES.values())


def happen(*records: Record) -> None:
    """Have records of the deployment's own account detected."""
    text = json.dumps(records).replace(ACCOUNT, DEFAULT_ACCOUNT_ID)
    detect.handler(batch(*map(happened, json.loads(text))), PLENTY_OF_TIME)


class Responding:
    """A deployment with an intruder in it, and a person at its command line."""

    def __init__(
        self, world: World, clock: Clock, capsys: pytest.CaptureFixture[str], mode: str
    ) -> None:
        """Make mallory, with a key and a password, and the role web."""
        clock.advance(hours=next(HOURS))
        self._clock = clock
        self._world, self._capsys = world, capsys
        self._mails: list[Sent] = []
        self.stack = f"{MODES[mode]}-Response"
        self._iam: Any = world.session.client("iam")
        self._iam.create_user(UserName="mallory")
        self._iam.create_login_profile(UserName="mallory", Password="Aa1!aaaaaaaa")  # noqa: S106
        self._iam.create_role(RoleName="web", AssumeRolePolicyDocument="{}")
        made = self._iam.create_access_key(UserName="mallory")["AccessKey"]
        self.mallory = iam_user("mallory", key=made["AccessKeyId"])
        happen(record("iam:CreateUser", self.mallory))

    def run(self, *arguments: str) -> str:
        told = ("incidents", *arguments, "--stack", self.stack)
        status, out, err = running.run(incidents, self._capsys, *told)
        assert status == 0, err
        return out

    def respond(self, *arguments: str) -> str:
        self._clock.advance(minutes=1)
        return self.run("respond", self.incident, *arguments, *BECAUSE)

    @property
    def incident(self) -> str:
        self._capsys.readouterr()
        [one] = [json.loads(line) for line in self.run("list", "--format", "jsonl").splitlines()]
        return str(one["incident_id"])

    def mail(self) -> str:
        """Wait for the next mail."""
        ends = time.monotonic() + PATIENCE
        while not self._mails and time.monotonic() < ends:
            time.sleep(0.05)
            self._mails += self._world.sent()
        return self._mails.pop(0).text

    def asked(self) -> str:
        """Wait for the next question, and return the id of its plan."""
        [plan] = re.findall(r"--approve ([0-9a-f]+) ", self.mail())
        return str(plan)

    @property
    def identities(self) -> Mapping[str, Any]:
        """What the identities may do."""
        iam = self._iam
        [key] = iam.list_access_keys(UserName="mallory")["AccessKeyMetadata"]
        attached = iam.list_attached_user_policies(UserName="mallory")["AttachedPolicies"]
        return {
            "attached": [policy["PolicyName"] for policy in attached],
            "key": key["Status"],
            "password": _is_there(lambda: iam.get_login_profile(UserName="mallory")),
            "ended": iam.list_role_policies(RoleName="web")["PolicyNames"],
        }

    def document(self) -> Mapping[str, Any]:
        """Return the policy that ends the sessions of the role."""
        told = self._iam.get_role_policy(RoleName="web", PolicyName=SESSIONS_POLICY)
        found: Mapping[str, Any] = told["PolicyDocument"]
        return found


def _is_there(look: Callable[[], object]) -> bool:
    try:
        look()
    except ClientError:
        return False
    return True


FREE = {"attached": [], "key": "Active", "password": True, "ended": []}
STOPPED = {
    "attached": ["AWSDenyAll"],
    "key": "Inactive",
    "password": False,
    "ended": [SESSIONS_POLICY],
}


@pytest.fixture
def deployment(  # noqa: PLR0917 - fixtures
    world: World,
    assembled: Callable[..., None],
    stacks: Sequence[str],
    clock: Clock,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Responding]:
    """Have deployments made whose intruder nobody stopped."""
    assert [*MODES.values()] == [*stacks]
    monkeypatch.setattr("trailwarden.catalog.discovery.load", lambda: Pack([*RULES], Environment()))
    assembled()
    _forget_identities()
    return lambda mode=ACT: Responding(world, clock, capsys, mode)


def _forget_identities() -> None:
    """Empty IAM, but for the one policy of AWS: to load all of them takes long."""
    iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    iam.reset()
    told = {"Path": "/", "DefaultVersionId": "v1", "Document": {}}
    dates = dict.fromkeys(("CreateDate", "UpdateDate"), "2019-04-05T00:00:00+00:00")
    policy = AWSManagedPolicy.from_data("AWSDenyAll", DEFAULT_ACCOUNT_ID, "aws", told | dates)
    iam.managed_policies[policy.arn] = policy


@pytest.mark.exhaustive
def test_what_a_person_approved_is_done_and_nothing_before(
    deployment: Callable[..., Responding],
) -> None:
    there = deployment()
    assert "aws iam attach-user-policy --user-name mallory" in there.respond()
    first = there.asked()
    # The incident grows while the question waits.
    happen(
        console_login({**there.mallory, "accessKeyId": ""}, minute=1),
        record("iam:CreateUser", assumed_role("web"), minute=2),
    )
    there.respond("--approve", first)
    told = there.mail()
    assert "ann approved the plan: a drill. This was done:" in told
    assert "More came up since the approval." in told
    assert there.identities == FREE | {"attached": ["AWSDenyAll"], "key": "Inactive"}

    there.respond("--approve", there.asked())
    told = there.mail()
    assert "More came up" not in told
    assert "FAILED" not in told
    assert there.identities == STOPPED
    [statement] = there.document()["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Deny", "*")
    assert [*statement["Condition"]["DateLessThan"]] == [TOKEN_TIME]

    # Once more: all ends the same.
    there.respond()
    there.respond("--approve", there.asked())
    assert "not there any more: delete the password of the user mallory" in there.mail()
    assert there.identities == STOPPED


def test_what_a_person_declined_is_not_done(deployment: Callable[..., Responding]) -> None:
    there = deployment()
    there.respond()
    there.respond("--decline", there.asked())
    assert "The plan was declined. Nothing was done." in there.mail()
    assert there.identities == FREE


def test_a_critical_incident_asks_by_itself(
    world: World,
    stacks: Sequence[str],
    deployment: Callable[..., Responding],
    monkeypatch: pytest.MonkeyPatch,
    assembled: Callable[..., None],
) -> None:
    there = deployment(DRY_RUN)
    machines = world.session.client("stepfunctions").list_state_machines()["stateMachines"]
    [arn] = [one["stateMachineArn"] for one in machines if one["name"] == MODES[DRY_RUN]]
    assert MODES[DRY_RUN] in stacks
    monkeypatch.setenv("RESPONSE_MACHINE_ARN", arn)
    assembled()
    happen(console_login({**there.mallory, "accessKeyId": ""}, minute=1))
    dispatch.handler({"Records": world.changes()}, None)
    assert "CRITICAL" in there.mail()
    there.respond("--approve", there.asked())
    told = there.mail()
    assert "It is a dry run. This would be done:" in told
    assert there.identities == FREE


def test_a_dry_run_tells_what_it_would_do(deployment: Callable[..., Responding]) -> None:
    there = deployment(DRY_RUN)
    there.respond()
    there.respond("--approve", there.asked())
    told = there.mail()
    assert "It is a dry run. This would be done:" in told
    assert "would be done: deny the user mallory all" in told
    assert there.identities == FREE
