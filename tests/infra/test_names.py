"""No policy, pattern or exclusion depends on a name that CloudFormation may cut."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from infra.checks import ConfigError
from tests.infra.naming import CUTS, LIMITS, LONGEST, Cut, Deployment, arn_like, each
from tests.infra.templates import Resources, config, of_type, statements

Deployments = Callable[[str], Deployment]
LAYOUTS = ("own", "adopted", "topic", "forwarding")
SENDING = (*LAYOUTS, "landing zone", "log archive")
EVERY = (*SENDING, "member")


def test_the_longest_name_is_the_longest_that_is_admitted() -> None:
    assert config(stack_name=LONGEST).stack_name == LONGEST
    with pytest.raises(ConfigError, match="stack_name"):
        config(stack_name=f"{LONGEST}x")


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("layout", each(EVERY))
def test_every_name_is_as_short_as_its_service_wants(
    longest: Deployments, layout: str, cut: Cut
) -> None:
    deployment = cut_by(cut, longest(layout))
    for kind, limit in LIMITS.items():
        names = deployment.names(kind.removeprefix("AWS::"))
        assert all(len(name) <= limit for name in names)
        assert len(set(names)) == len(names)


def test_the_names_of_the_longest_stack_are_cut() -> None:
    for cut in CUTS:
        assert len(cut(LONGEST, "IngestUndeliveredE032DDE9", 64)) == 64


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("layout", each(SENDING))
def test_queues_take_from_every_rule_that_sends_to_them(
    longest: Deployments, layout: str, cut: Cut
) -> None:
    deployment = cut_by(cut, longest(layout))
    allowed = senders(deployment)
    sent = [
        (deployment.arn(name), queue)
        for name, rule in of_type(deployment.found, "Events::Rule").items()
        for queue in queues_of(rule["Properties"]["Targets"][0])
    ]
    assert sent
    assert [(arn, queue) for arn, queue in sent if not arn_like(arn, allowed[queue])] == []


@pytest.mark.parametrize("layout", each(SENDING))
def test_queues_take_from_no_rule_of_another_name(longest: Deployments, layout: str) -> None:
    stranger = "arn:aws:events:eu-central-1:111122223333:rule/Other-FastPath01"
    assert not any(arn_like(stranger, globs) for globs in senders(longest(layout)).values())


@pytest.mark.parametrize("layout", each(EVERY))
def test_the_rules_name_themselves(longest: Deployments, layout: str) -> None:
    rules = of_type(longest(layout).found, "Events::Rule").values()
    assert all(rule["Properties"]["Name"].startswith(f"{LONGEST}-") for rule in rules)


@pytest.mark.exhaustive
def test_a_forwarding_rule_has_not_the_name_of_a_rule_of_another_home(
    longest: Deployments,
) -> None:
    here, there = (set(longest(layout).names("Events::Rule")) for layout in ("own", "forwarding"))
    assert here.isdisjoint(there)


@pytest.mark.parametrize("cut", CUTS)
def test_data_events_of_the_pipelines_functions_and_buckets_are_left_out(
    longest: Deployments, cut: Cut
) -> None:
    deployment = cut_by(cut, longest("own"))
    [trail] = of_type(deployment.found, "CloudTrail::Trail").values()
    left_out = {
        selector["FieldSelectors"][1]["Equals"][0]: deployment.resolve(
            selector["FieldSelectors"][2]["NotStartsWith"]
        )
        for selector in trail["Properties"]["AdvancedEventSelectors"][1:]
    }
    functions = [deployment.arn(name) for name in of_type(deployment.found, "Lambda::Function")]
    objects = [f"{deployment.arn(name)}/x" for name in of_type(deployment.found, "S3::Bucket")]
    assert len(functions) >= 3
    assert all(arn.startswith(tuple(left_out["AWS::Lambda::Function"])) for arn in functions)
    assert all(arn.startswith(tuple(left_out["AWS::S3::Object"])) for arn in objects)


@pytest.mark.parametrize("layout", each(LAYOUTS))
def test_no_other_policy_names_a_resource_by_how_its_name_begins(
    longest: Deployments, layout: str
) -> None:
    known = "RulesOfThisStackSend"
    others = [s for _, s in statements(longest(layout).found) if s.get("Sid") != known]
    assert [s for s in others if re.search(rf'{LONGEST}-[^"]*\*', json.dumps(s))] == []


def cut_by(cut: Cut, deployment: Deployment) -> Deployment:
    return replace(deployment, cut=cut)


def queues_of(target: dict[str, Any]) -> list[str]:
    """Return the logical ids of the queues that a target sends to, and of its dead letters."""
    arns = [target["Arn"], target["DeadLetterConfig"]["Arn"]]
    return [arn["Fn::GetAtt"][0] for arn in arns if isinstance(arn, dict) and "Fn::GetAtt" in arn]


def senders(deployment: Deployment) -> dict[str, list[str]]:
    """Return which rules each queue takes from, as globs of ARNs, by the queue's logical id."""
    found: dict[str, list[str]] = {}
    for name, statement in statements(deployment.found):
        if statement.get("Sid") == "RulesOfThisStackSend":
            [queue] = deployment.found[name]["Properties"]["Queues"]
            globs = statement["Condition"]["ArnLike"]["aws:SourceArn"]
            found[queue["Ref"]] = deployment.resolve(globs)
    return found


@pytest.mark.exhaustive
def test_a_role_that_is_trusted_by_its_name_has_it_whole(longest: Deployments) -> None:
    """The two accounts name each other's roles, which are explicit names of at most 64 letters."""
    home, archive = longest("landing zone"), longest("log archive")
    [trust] = [s for _, s in statements(archive.found) if "sts:ExternalId" in json.dumps(s)]
    trusted = trust["Condition"]["ArnEquals"]["aws:PrincipalArn"].rpartition("/")[2]
    [assumption] = [s for _, s in statements(home.found) if s.get("Sid") == "LogFileReader"]
    assumed = assumption["Resource"].rpartition("/")[2]
    assert max(len(trusted), len(assumed)) <= 64
    assert {trusted} <= role_names(home)
    assert {assumed} <= role_names(archive)


def role_names(deployment: Deployment) -> set[str]:
    """Return the names that are given to roles, and not made up by CloudFormation."""
    roles = of_type(deployment.found, "IAM::Role").values()
    return {role["Properties"].get("RoleName", "") for role in roles}


def test_a_deployment_resolves_what_its_template_refers_to(home: Resources) -> None:
    deployment = Deployment(home, "Trailwarden")
    [table] = of_type(home, "DynamoDB::Table")
    name = f"Trailwarden-{table}-1A2B3C4D5E6F"
    assert deployment.resolve({"Fn::Join": [":", ["a", {"Ref": table}]]}) == f"a:{name}"
    arn = {"Fn::GetAtt": [table, "Arn"]}
    assert deployment.resolve({"Fn::Select": [1, {"Fn::Split": ["/", arn]}]}) == name
