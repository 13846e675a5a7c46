from typing import Any

import pytest

from tests.aws.world import Clock, World
from trailwarden.aws import own_accounts
from trailwarden.aws.own_accounts import OwnAccounts
from trailwarden.environment import Environment

ONE, OTHER, TOLD = "222233334444", "333344445555", "444455556666"


def accounts(world: World) -> OwnAccounts:
    return OwnAccounts(world.table, Environment(own_accounts=(TOLD,), used_regions=("eu-west-1",)))


def test_an_account_whose_records_come_is_an_own_one(world: World) -> None:
    known = accounts(world)
    known.hear([ONE])
    assert known.environment == Environment(own_accounts=(ONE, TOLD), used_regions=("eu-west-1",))


def test_one_function_knows_what_another_heard(world: World) -> None:
    accounts(world).hear([ONE])
    later = accounts(world)
    later.hear([OTHER])
    assert later.environment.own_accounts == (ONE, OTHER, TOLD)


@pytest.mark.parametrize("account_id", ["", "anonymous", "12345", "1" * 13])
def test_what_is_no_account_is_none(world: World, account_id: str) -> None:
    known = accounts(world)
    known.hear([account_id])
    assert known.environment.own_accounts == (TOLD,)
    assert world.table.scan()["Count"] == 0


def test_an_account_is_written_once_in_a_month(world: World) -> None:
    known = accounts(world)
    known.hear([ONE])
    world.table.delete_item(Key={k: world.table.scan()["Items"][0][k] for k in ("pk", "sk")})
    known.hear([ONE])
    assert world.table.scan()["Count"] == 0


def test_an_account_stays_known_in_the_next_month(world: World, clock: Clock) -> None:
    accounts(world).hear([ONE])
    clock.advance(days=40)
    known = accounts(world)
    known.hear([OTHER])
    assert known.environment.owns_account(ONE)
    items: list[dict[str, Any]] = [*world.table.scan()["Items"]]
    months = {item["sk"]: item["accounts"] for item in items}
    assert [months[month] for month in sorted(months)] == [{ONE}, {OTHER}]


def test_the_organization_is_known_by_the_keys_of_its_trail(world: World) -> None:
    accounts(world).hear([ONE], "o-a1b2c3d4e5")
    later = accounts(world)
    later.hear([OTHER])
    assert later.environment.organization_id == "o-a1b2c3d4e5"
    assert later.environment.own_accounts == (ONE, OTHER, TOLD)


def test_the_organization_stays_known_in_the_next_month(world: World, clock: Clock) -> None:
    accounts(world).hear([ONE], "o-a1b2c3d4e5")
    clock.advance(days=40)
    known = accounts(world)
    known.hear([OTHER])
    assert known.environment.organization_id == "o-a1b2c3d4e5"


def test_of_two_organizations_none_is_the_own_one(world: World) -> None:
    known = accounts(world)
    known.hear([ONE], "o-a1b2c3d4e5")
    known.hear([OTHER], "o-zzzzzzzzzz")
    assert known.environment.organization_id == ""


def test_the_organization_that_the_tuning_names_stays(world: World) -> None:
    known = OwnAccounts(world.table, Environment(organization_id="o-named00000"))
    known.hear([ONE], "o-a1b2c3d4e5")
    assert known.environment.organization_id == "o-named00000"


ENDPOINT, VPC = "vpce-0a1b2c3d4e5f60718", "vpc-0a1b2c3d4e5f60718"


def test_networks_are_learned_as_accounts_are(world: World) -> None:
    known = accounts(world)
    known.hear([ONE], "o-a1b2c3d4e5")
    known.see([ENDPOINT])
    later = accounts(world)
    later.hear([OTHER])
    assert later.environment.own_networks == (ENDPOINT,)
    assert later.environment.own_accounts == (ONE, OTHER, TOLD)
    assert later.environment.organization_id == "o-a1b2c3d4e5"


def test_of_networks_only_so_many_are_learned(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_accounts, "MOST_NETWORKS", 1)
    known = accounts(world)
    known.hear([ONE])
    known.see([VPC])
    known.see([VPC, ENDPOINT])
    assert known.environment.own_networks == (VPC,)
