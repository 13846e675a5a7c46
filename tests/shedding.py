"""Each way to become another actor between two acts, and the same by people who are strangers."""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from zlib import crc32

from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    NOON,
    OTHER_ACCOUNT,
    Fields,
    assumed_role,
    console_login,
    function,
    iam_user,
    record,
    refused,
    sso_user,
)
from trailwarden.cloudtrail.values import Record

RULE = "actor.severe_acts_attempted"
"""The rule that the acts add up for: it asks for three."""

KEY, OTHER_KEY = "AKIAIOSFODNN7INTRUDE", "AKIAIOSFODNN7STRANGE"
NEW_KEY = "AKIAIOSFODNN7NEWKEY1"
INSTANCE = "i-0aa11bb22cc33dd44"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:health"
ACTS = ("iam:CreateAccessKey", "iam:AttachUserPolicy", "iam:UpdateAssumeRolePolicy")

SOME_ACTS = (*ACTS, "s3:PutBucketPolicy", "kms:DisableKey")

INTRUDER = iam_user("intruder", key=KEY) | {"principalId": "AIDAINTRUDEREXAMPLE01"}
STRANGER = iam_user("stranger", key=OTHER_KEY) | {"principalId": "AIDASTRANGEREXAMPLE01"}
BOB = iam_user("bob", key=NEW_KEY) | {"principalId": "AIDABOBEXAMPLE0000001"}

Links = Callable[[Fields], list[Record]]
"""Return the requests by which a caller becomes the second actor, or gets hold of it."""


class Way(NamedTuple):
    """A way to shed an actor."""

    links: Links
    second: Fields
    """Who acts after it."""
    at: float = 20
    """When, in minutes."""
    account: str = ACCOUNT
    """Where."""

    def shed(self) -> list[Record]:
        """Return the acts and links of one intruder."""
        return [*self._acts(), *self.links(INTRUDER)]

    def strangers(self) -> list[Record]:
        """Return the same acts, where a third person became the second actor."""
        return [*self._acts(), *self.links(STRANGER)]

    def _acts(self) -> list[Record]:
        first = [refused(act, INTRUDER, minute=n) for n, act in enumerate(ACTS[:2])]
        last = refused(ACTS[2], self.second, minute=self.at)
        return [*first, {**last, "recipientAccountId": self.account}]


def session(of: Fields, minute: float, principal_id: str) -> Fields:
    """Return a session with a principal and a beginning of its own."""
    began = f"{NOON + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ}"
    context: Fields = of.get("sessionContext", {})
    told = {"creationDate": began, "mfaAuthenticated": "false"}
    key = f"ASIA{crc32(principal_id.encode()):016}"
    return of | {
        "principalId": principal_id,
        "accessKeyId": key,
        "sessionContext": context | {"attributes": told},
    }


def assumed(by: Fields, of: Fields, minute: float, **fields: Any) -> Record:
    """Return the request by which a caller opens a role's session."""
    issuer = of["sessionContext"]["sessionIssuer"]["arn"]
    answer = {
        "credentials": {"accessKeyId": of["accessKeyId"]},
        "assumedRoleUser": {"assumedRoleId": of["principalId"], "arn": of["arn"]},
    }
    told: Fields = {"requestParameters": {"roleArn": issuer}, "responseElements": answer}
    return record("sts:AssumeRole", by, minute=minute, **(told | fields))


ROLE = session(assumed_role("app", "x", path="/team/"), 3, "AROAAPPEXAMPLE0000001:x")
FARTHER = session(assumed_role("admin", "x"), 5, "AROAADMINEXAMPLE00001:x")
THERE = session(assumed_role("app", "y", account=OTHER_ACCOUNT), 5, "AROATHEREEXAMPLE00001:y")
CONSOLE = session(iam_user("bob", key=""), 5, str(BOB["principalId"])) | {"accessKeyId": ""}
MACHINE = session(assumed_role("web", INSTANCE), 6, f"AROAWEBEXAMPLE0000001:{INSTANCE}")
MACHINE["sessionContext"]["ec2RoleDelivery"] = "2.0"
CODE = session(function("health", "health-exec"), 6, "AROAHEALTHEXAMPLE0001:health")
CODE["inScopeOf"] = {"issuerType": "AWS::Lambda::Function", "credentialsIssuedTo": FUNCTION}


def _token(by: Fields) -> Fields:
    return session(by, 2, by["principalId"])


def _federated(by: Fields) -> Fields:
    issuer = {"type": "IAMUser", **{f: by[f] for f in ("arn", "principalId", "accountId")}}
    named = {
        "type": "FederatedUser",
        "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/help",
        "accountId": ACCOUNT,
        "sessionContext": {"sessionIssuer": issuer},
    }
    return session(named, 2, f"{ACCOUNT}:help")


def _of_session_token(by: Fields) -> list[Record]:
    return [record("sts:GetSessionToken", by, minute=2), assumed(_token(by), ROLE, 3)]


def _of_federation_token(by: Fields) -> list[Record]:
    told = _federated(by)
    answer = {"federatedUser": {"arn": told["arn"], "federatedUserId": told["principalId"]}}
    asked: Fields = {"requestParameters": {"name": "help"}, "responseElements": answer}
    return [record("sts:GetFederationToken", by, minute=2, **asked), assumed(told, ROLE, 3)]


def _of_key(by: Fields) -> list[Record]:
    answer = {"accessKey": {"accessKeyId": NEW_KEY, "userName": "bob", "status": "Active"}}
    asked: Fields = {"requestParameters": {"userName": "bob"}, "responseElements": answer}
    return [record("iam:CreateAccessKey", by, minute=4, **asked)]


def _of_password(by: Fields) -> list[Record]:
    asked: Fields = {"requestParameters": {"userName": "bob"}}
    made = record("iam:CreateLoginProfile", by, minute=4, **asked)
    return [
        made,
        console_login(iam_user("bob", key="") | {"principalId": BOB["principalId"]}, minute=5),
    ]


def _of_instance(by: Fields) -> list[Record]:
    answer = {"instancesSet": {"items": [{"instanceId": INSTANCE}]}}
    return [record("ec2:RunInstances", by, minute=4, responseElements=answer)]


def _of_function(by: Fields) -> list[Record]:
    asked: Fields = {"functionName": "health", "role": f"arn:aws:iam::{ACCOUNT}:role/health-exec"}
    answer = {"functionArn": FUNCTION}
    told: Fields = {"requestParameters": asked, "responseElements": answer}
    return [record("lambda:CreateFunction20150331", by, minute=4, **told)]


def _other_account(by: Fields) -> list[Record]:
    """Return both copies of the request; the other account's tells no credential."""
    copy = {"type": "AWSAccount", "principalId": ROLE["principalId"], "accountId": ACCOUNT}
    shared: Fields = {"sharedEventID": "5f1d0000-0000-4000-8000-000000000001"}
    there = shared | {"recipientAccountId": OTHER_ACCOUNT}
    return [
        assumed(by, ROLE, 3),
        assumed(ROLE, THERE, 5, **shared),
        assumed(copy, THERE, 5, **there),
    ]


WAYS: Mapping[str, Way] = {
    "AssumeRole": Way(lambda by: [assumed(by, ROLE, 3)], ROLE),
    "a chain of roles": Way(lambda by: [assumed(by, ROLE, 3), assumed(ROLE, FARTHER, 5)], FARTHER),
    "a role of another account": Way(_other_account, THERE, account=OTHER_ACCOUNT),
    "GetSessionToken": Way(_of_session_token, ROLE),
    "GetFederationToken": Way(_of_federation_token, ROLE),
    "CreateAccessKey": Way(_of_key, BOB),
    "CreateLoginProfile": Way(_of_password, CONSOLE),
    "RunInstances": Way(_of_instance, MACHINE),
    "CreateFunction": Way(_of_function, CODE),
}
"""The ways that records tell."""


def tangle(seed: int) -> list[Record]:
    """Return acts of users, people and sessions, who open and hand over whatever they like."""
    rng, found = random.Random(seed), list[Record]()
    actors: list[tuple[Fields, str]] = [(INTRUDER, ACCOUNT), (STRANGER, ACCOUNT), (BOB, ACCOUNT)]
    actors += [(as_person(name, "Admin", 0), ACCOUNT) for name in ("alice", "carol")]
    for n in range(rng.randint(2, 6)):
        minute, (by, account) = 10 * rng.randint(0, 3), rng.choice(actors[-4:])
        there = rng.choice([ACCOUNT, ACCOUNT, OTHER_ACCOUNT])
        name = f"role-{rng.randint(0, 2)}"
        role = session(assumed_role(name, "x", account=there), minute, f"AROATANGLEEXAMPLE{n:04}:x")
        shared: Fields = {"sharedEventID": f"5f1d0000-0000-4000-8000-{n:012}"}
        found.append(assumed(by, role, minute, recipientAccountId=account, **shared))
        if there != account:
            copy = {"type": "AWSAccount", "principalId": by["principalId"], "accountId": account}
            found.append(assumed(copy, role, minute, recipientAccountId=there, **shared))
        actors.append((role, there))
        if rng.random() < 0.2:
            found += [{**made, "recipientAccountId": account} for made in _of_key(by)]
    for n in range(rng.randint(6, 14)):
        by, account = rng.choice(actors)
        act = refused(rng.choice(SOME_ACTS), by, minute=10 * rng.randint(0, 6))
        if rng.random() < 0.2:
            found += copies(act, n)
        else:
            found.append({**act, "recipientAccountId": account})
    return found


def copies(act: Record, number: int) -> list[Record]:
    """Return the copies of an act on what another account owns: one for each account."""
    shared: Fields = {"sharedEventID": f"6f1d0000-0000-4000-8000-{number:012}"}
    return [{**act, **shared, "recipientAccountId": one} for one in (ACCOUNT, OTHER_ACCOUNT)]


def as_person(name: str, permission_set: str, minute: float) -> Fields:
    """Return a session that Identity Center opened for a person."""
    of = sso_user(name, permission_set)
    return session(of, minute, f"AROA{permission_set.upper()}EXAMPLE01:{name}")


def of_people(*names: str) -> list[Record]:
    """Return three acts by people of Identity Center, each with another permission set."""
    sets = ("Admin", "Billing", "Data")
    return [
        refused(act, as_person(name, permission_set, n), minute=10 + n)
        for n, (act, name, permission_set) in enumerate(zip(ACTS, names, sets, strict=True))
    ]


def through_hub(hub: Fields, *, acts: Sequence[str] = ACTS) -> list[Record]:
    """Return acts of sessions that one hub opened, each for somebody else's work."""
    found: list[Record] = []
    for n, act in enumerate(acts):
        job = session(assumed_role(f"job-{n}", "run"), n, f"AROAJOBEXAMPLE000000{n}:run")
        found += [assumed(hub, job, n), refused(act, job, minute=10 + n)]
    return found


def weak_signals(giver: Fields) -> list[Record]:
    """Return three kinds of weak signals: two of a user, and one of a user with a new password."""
    asked: Fields = {"requestParameters": {"userName": "eve"}}
    return [
        record("iam:CreateAccessKey", INTRUDER, **asked),
        record("sts:GetSessionToken", INTRUDER, minute=2),
        *_of_password(giver)[:1],
        record("account:GetContactInformation", BOB, minute=45),
    ]
