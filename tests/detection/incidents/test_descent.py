from datetime import timedelta
from typing import Any

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.lineage import Trace, trace
from trailwarden.cloudtrail.samples import Fields, iam_user, request
from trailwarden.detection.incidents.descent import Descent

ANA = iam_user("ana", key="AKIAANA")
BOB = iam_user("bob", key="AKIABOB")
DAY = 1440


def seen(action: str, by: Fields = ANA, *, minute: float = 0, **fields: Any) -> Trace:
    return trace(Event(request(action, by, minute=minute, **fields)))


def of_ana(*others: Trace) -> Descent:
    return Descent(lambda one: one.access_key_id == "AKIAANA", others)


def use(minute: float) -> Trace:
    return seen("s3:ListBuckets", BOB, minute=minute)


def test_a_user_that_somebody_made_is_followed_for_good() -> None:
    followed = of_ana(seen("iam:CreateUser", userName="bob"))
    assert followed.covers(use(30 * DAY))
    assert not followed.covers(use(-60))


def test_a_user_that_was_there_before_is_followed_for_a_day() -> None:
    followed = of_ana(seen("iam:UpdateLoginProfile", userName="bob"))
    assert followed.covers(use(DAY))
    assert not followed.covers(use(2 * DAY))


def test_descendants_have_descendants_in_any_order() -> None:
    carol = iam_user("carol", key="AKIACAROL")
    made = [
        seen("iam:CreateUser", userName="bob"),
        seen("iam:CreateUser", BOB, minute=9, userName="carol"),
    ]
    for order in (made, made[::-1]):
        assert of_ana(*order).covers(seen("s3:ListBuckets", carol, minute=10))
    assert not of_ana(made[1]).covers(seen("s3:ListBuckets", carol, minute=10))


def test_a_shared_role_is_not_followed_but_the_own_session_is() -> None:
    answer = {"assumedRoleUser": {"assumedRoleId": "AROA1:x", "arn": "arn:x"}}
    followed = of_ana(seen("sts:AssumeRole", answer=answer))
    own = seen("s3:ListBuckets")._replace(credential="S:AROA1:x@2025-06-02T12:00:00Z",
                                          access_key_id="", lasting=())  # fmt: skip
    assert followed.covers(own)
    later = own.time + timedelta(hours=1)
    assert not followed.covers(own._replace(credential=f"S:AROA1:x@{later:%Y-%m-%dT%H:%M:%SZ}"))
