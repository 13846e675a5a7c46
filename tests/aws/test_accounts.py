from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError, EndpointConnectionError

from tests.aws.world import Clock, World
from trailwarden.aws.accounts import ASKED_AGAIN, READ_AGAIN, AccountNames
from trailwarden.contract.table import ACCOUNT_NAMES


class Organizations:
    """An organization whose accounts the test says."""

    def __init__(self, names: Mapping[str, str], *, refusal: str = "") -> None:
        self.names, self.refusal, self.asked = dict(names), refusal, 0

    def __call__(self) -> Any:
        return self

    def get_paginator(self, name: str) -> Any:
        assert name == "list_accounts"
        return self

    def paginate(self) -> list[dict[str, Any]]:
        self.asked += 1
        if self.refusal:
            raise ClientError({"Error": {"Code": self.refusal}}, "ListAccounts")
        accounts = [{"Id": account_id, "Name": name} for account_id, name in self.names.items()]
        return [{"Accounts": accounts[:1]}, {"Accounts": accounts[1:]}]


ALL = {"111122223333": "production", "444455556666": "sandbox"}


def refreshed(names: AccountNames) -> list[str]:
    return list(names.refresh())


def test_without_a_choice_nobody_is_asked(world: World) -> None:
    names = AccountNames(world.table, {"111122223333": "mine"})
    assert refreshed(names) == []
    assert names.names() == {"111122223333": "mine"}
    assert world.table.scan()["Items"] == []


def test_what_the_sweep_wrote_down_the_dispatcher_reads(world: World) -> None:
    organizations = Organizations(ALL)
    assert refreshed(AccountNames(world.table, {}, organizations)) == []
    assert AccountNames(world.table, {}, organizations).names() == ALL
    assert organizations.asked == 1


def test_the_name_in_the_tuning_counts_more(world: World) -> None:
    names = AccountNames(world.table, {"444455556666": "playground"}, Organizations(ALL))
    refreshed(names)
    assert names.names() == {**ALL, "444455556666": "playground"}


def test_organizations_is_asked_once_a_day(world: World, clock: Clock) -> None:
    organizations = Organizations(ALL)
    for _ in range(3):
        refreshed(AccountNames(world.table, {}, organizations))
    assert organizations.asked == 1
    clock.advance(seconds=ASKED_AGAIN.total_seconds())
    refreshed(AccountNames(world.table, {}, organizations))
    assert organizations.asked == 2


def test_a_new_name_is_read_within_the_hour(world: World, clock: Clock) -> None:
    organizations = Organizations(ALL)
    reader = AccountNames(world.table, {}, organizations)
    refreshed(reader)
    assert reader.names() == ALL
    organizations.names["777788889999"] = "new"
    clock.advance(seconds=(ASKED_AGAIN + timedelta(hours=1)).total_seconds())
    refreshed(AccountNames(world.table, {}, organizations))
    assert reader.names()["777788889999"] == "new"
    clock.advance(seconds=READ_AGAIN.total_seconds() / 2)
    world.table.delete_item(Key={"pk": ACCOUNT_NAMES, "sk": "000000"})
    assert reader.names()["777788889999"] == "new"


def test_an_organization_of_thousands_fits_into_the_table(world: World) -> None:
    many = {f"{number:012}": "\u00fc" * 50 for number in range(2_500)}
    names = AccountNames(world.table, {}, Organizations(many))
    refreshed(names)
    assert names.names() == many
    assert len(world.table.query(KeyConditionExpression=Key("pk").eq(ACCOUNT_NAMES))["Items"]) == 3


@pytest.mark.parametrize("code", ["AccessDeniedException", "AWSOrganizationsNotInUseException"])
def test_an_account_that_may_not_ask_is_told_what_to_do(world: World, code: str) -> None:
    [problem] = refreshed(AccountNames(world.table, {}, Organizations({}, refusal=code)))
    assert "Take account_names out of cdk.json" in problem


def test_another_refusal_is_an_error(world: World) -> None:
    with pytest.raises(ClientError, match="TooManyRequests"):
        refreshed(AccountNames(world.table, {}, Organizations({}, refusal="TooManyRequests")))


class Unreachable(Organizations):
    """An organization that the network does not let anybody reach."""

    def paginate(self) -> list[dict[str, Any]]:
        raise EndpointConnectionError(endpoint_url="https://organizations.example")


def test_where_nothing_leads_to_organizations_that_is_told_and_stops_nothing(world: World) -> None:
    [told] = refreshed(AccountNames(world.table, {}, Unreachable({})))
    assert told.startswith("Organizations does not tell the names of accounts: EndpointConnection")
    assert "example" not in told
