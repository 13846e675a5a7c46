from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailwarden.cloudtrail.address import is_public_address
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.services.security_groups import ADMIN_PORTS, Opening, opened

SSH = Opening("0.0.0.0/0", "tcp", 22, 22)
EVENTS = (
    "AuthorizeSecurityGroupIngress",
    "AuthorizeSecurityGroupEgress",
    "ModifySecurityGroupRules",
    "CreateNetworkAclEntry",
    "ReplaceNetworkAclEntry",
)
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "ModifySecurityGroupRulesRequest",
                    "SecurityGroupRule",
                    "cidrBlock",
                    "cidrIp",
                    "fromPort",
                    "ipPermissions",
                    "ipProtocol",
                    "ipRanges",
                    "items",
                    "portRange",
                    "ruleAction",
                    "securityGroupRuleSet",
                ]
            ),
            below,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def change(name: str, request: Any, response: Any = None) -> Event:
    fields = {"requestParameters": request, "responseElements": response}
    return Event(record(f"ec2:{name}", iam_user("alice"), **fields))


def ingress(request: Any, response: Any = None) -> list[Opening]:
    return opened(change("AuthorizeSecurityGroupIngress", request, response))


def permission(**fields: Any) -> dict[str, Any]:
    told = {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "groups": {}, "prefixListIds": {}}
    return {"groupId": "sg-1", "ipPermissions": {"items": [told | fields]}}


def modified(rule: Any) -> list[Opening]:
    request = {"ModifySecurityGroupRulesRequest": {"GroupId": "sg-1", "SecurityGroupRule": rule}}
    return opened(change("ModifySecurityGroupRules", request))


def acl(**fields: Any) -> list[Opening]:
    told = {
        "networkAclId": "acl-1",
        "ruleNumber": 100,
        "egress": False,
        "ruleAction": "allow",
        "icmpTypeCode": {},
        "portRange": {},
        "aclProtocol": "-1",
        "cidrBlock": "0.0.0.0/0",
    }
    return opened(change("CreateNetworkAclEntry", told | fields))


def test_the_flat_form_is_read() -> None:
    flat = {"cidrIp": "0.0.0.0/0", "fromPort": 22, "toPort": 22, "ipProtocol": "tcp"}
    assert ingress(flat | {"groupId": "sg-1", "ipPermissions": {}}) == [SSH]


def test_permissions_are_read() -> None:
    assert ingress(permission(ipRanges={"items": [{"cidrIp": "0.0.0.0/0"}]})) == [SSH]


def test_ranges_without_their_items_are_read() -> None:
    assert ingress(permission(ipRanges=[{"cidrIp": "0.0.0.0/0"}])) == [SSH]


def test_ipv6_is_read_where_it_stands() -> None:
    found = ingress(permission(ipRanges={}, ipv6Ranges={"items": [{"cidrIpv6": "::/0"}]}))
    assert found == [SSH._replace(cidr="::/0")]


def test_the_answer_counts_more_than_the_question() -> None:
    granted = {
        "groupId": "sg-1",
        "isEgress": False,
        "ipProtocol": "tcp",
        "fromPort": 22,
        "toPort": 22,
        "cidrIpv4": "0.0.0.0/0",
    }
    asked = permission(ipRanges={"items": [{"cidrIp": "198.51.100.7/0"}]})
    answer = {"_return": True, "securityGroupRuleSet": {"items": [granted]}}
    assert ingress(asked, answer) == [SSH]


def test_an_answer_without_rules_leaves_the_question() -> None:
    assert ingress(
        permission(ipRanges={"items": [{"cidrIp": "0.0.0.0/0"}]}), {"_return": True}
    ) == [SSH]


def test_a_group_as_the_source_opens_no_addresses() -> None:
    assert ingress(permission(groups={"items": [{"groupId": "sg-2"}]}, ipRanges={})) == []


@pytest.mark.parametrize("wrap", [lambda rule: rule, lambda rule: [rule]])
def test_a_modified_rule_is_read(wrap: Any) -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIpv4": "0.0.0.0/0"}
    change = {"SecurityGroupRuleId": "sgr-1", "SecurityGroupRule": rule, "tag": 1}
    assert modified(wrap(change)) == [SSH]


def test_egress_is_told_apart() -> None:
    request = permission(ipRanges={"items": [{"cidrIp": "0.0.0.0/0"}]})
    assert opened(change("AuthorizeSecurityGroupEgress", request)) == [SSH._replace(is_egress=True)]


def test_ports_may_be_text() -> None:
    found = ingress(permission(fromPort="20", toPort="25", ipRanges=[{"cidrIp": "0.0.0.0/0"}]))
    assert found[0].ports() == [21, 22, 23]


def test_every_protocol_is_every_port() -> None:
    request = permission(
        ipRanges=[{"cidrIp": "0.0.0.0/0"}], ipProtocol="-1", fromPort=-1, toPort=-1
    )
    assert ingress(request)[0].ports() == sorted(ADMIN_PORTS)


def test_a_protocol_may_be_a_number() -> None:
    assert ingress(permission(ipProtocol=6, ipRanges=[{"cidrIp": "0.0.0.0/0"}])) == [SSH]


def test_tcp_without_ports_is_every_port() -> None:
    [found] = ingress({"cidrIp": "0.0.0.0/0", "ipProtocol": "tcp"})
    assert (found.low, found.high) == (0, 65535)


def test_ping_opens_no_port() -> None:
    [found] = ingress({"cidrIp": "0.0.0.0/0", "ipProtocol": "icmp", "fromPort": -1, "toPort": -1})
    assert found.ports() == []


def test_a_game_over_udp_opens_no_admin_port() -> None:
    assert Opening("0.0.0.0/0", "udp", 7000, 10300).ports() == []


@pytest.mark.parametrize(
    "cidr", ["0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "81.2.69.160/0", "2000::/3", "x.y/0"]
)
def test_the_prefix_length_tells_the_world(cidr: str) -> None:
    assert SSH._replace(cidr=cidr).is_world


@pytest.mark.parametrize(
    "cidr",
    [
        "10.0.0.0/8",
        "198.51.100.7/32",
        "198.51.100.7",
        "0.0.0.0/10",
        "fc00::/7",
        "2001:db8::/32",
        "",
    ],
)
def test_a_part_of_the_world_is_not_the_world(cidr: str) -> None:
    assert not SSH._replace(cidr=cidr).is_world


def test_an_acl_entry_is_read() -> None:
    assert acl() == [Opening("0.0.0.0/0", "all", 0, 65535)]


def test_an_acl_entry_with_ports_is_read() -> None:
    assert acl(aclProtocol="6", portRange={"from": 22, "to": 22}) == [SSH]


def test_an_acl_entry_for_ipv6_is_read() -> None:
    found = acl(cidrBlock=None, ipv6CidrBlock="::/0")
    assert [opening.cidr for opening in found] == ["::/0"]


def test_an_acl_entry_out_is_egress() -> None:
    assert acl(egress=True)[0].is_egress


def test_an_acl_entry_that_denies_opens_nothing() -> None:
    assert acl(ruleAction="deny") == []


def test_an_opening_reads_well() -> None:
    assert SSH._replace(low=20, high=25).text == "tcp 20-25 to 0.0.0.0/0"


@given(name=st.sampled_from(EVENTS), request=junk, response=junk)
def test_no_record_can_break_it(name: str, request: Any, response: Any) -> None:
    openings = opened(change(name, request, response))
    assert all(port in ADMIN_PORTS for o in openings if o.is_world for port in o.ports())


def test_a_record_is_left_as_it_was() -> None:
    rules = [{"SecurityGroupRule": {"CidrIpv4": "0.0.0.0/0"}}]
    modified(rules)
    assert rules == [{"SecurityGroupRule": {"CidrIpv4": "0.0.0.0/0"}}]


@pytest.mark.parametrize("address", ["198.51.100.7", "8.8.8.8", "2600::1", "::ffff:8.8.8.8"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public_address(address)


@pytest.mark.parametrize(
    "address", ["10.1.2.3", "100.64.0.1", "::1", "fd00::1", "ec2.amazonaws.com", "AWS Internal", ""]
)
def test_anything_else_is_not(address: str) -> None:
    assert not is_public_address(address)
