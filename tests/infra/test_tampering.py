"""The acts that blinded the pipeline once, each by name, and how each of them is told."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from infra.advice import advice_on
from infra.functions.bundle import ROOT
from infra.ingest.forwarding import CHANGES_OF_ROLES
from infra.regions import global_regions
from infra.watch.guard import BY_STACK, DEPLOYMENT, ITSELF, PARTS, REQUEST, TELLING, VERSION
from infra.watch.guarded import guarded
from tests.infra.naming import Deployment
from tests.infra.protection import CALLERS, Pair, Watch, event, held, naming, requests
from tests.infra.templates import Resources, config, of_type
from trailwarden.detection.pattern import matches

Deployments = Callable[[str], Deployment]
ACTS = {
    "cloudtrail": ("StopLogging", "DeleteTrail", "PutEventSelectors", "UpdateTrail"),
    "dynamodb": ("UpdateTimeToLive", "PutResourcePolicy", "UpdateTable", "DeleteTable"),
    "events": ("EnableRule", "DisableRule", "PutRule", "RemoveTargets", "PutTargets"),
    "iam": (
        "PutRolePolicy",
        "PutRolePermissionsBoundary",
        "UpdateAssumeRolePolicy",
        "AttachRolePolicy",
        "DeleteRolePolicy",
    ),
    "kms": ("DisableKey", "PutKeyPolicy", "ScheduleKeyDeletion", "RevokeGrant"),
    "lambda": (
        "UpdateFunctionConfiguration",
        "UpdateFunctionCode",
        "UpdateEventSourceMapping",
        "PutFunctionConcurrency",
        "AddPermission",
    ),
    "logs": ("AssociateKmsKey", "DeleteLogGroup", "PutDataProtectionPolicy"),
    "monitoring": (
        "PutMetricAlarm",
        "SetAlarmState",
        "PutCompositeAlarm",
        "DisableAlarmActions",
        "DeleteAlarms",
        "PutAlarmMuteRule",
    ),
    "s3": (
        "PutBucketRequestPayment",
        "PutBucketEncryption",
        "PutBucketVersioning",
        "PutBucketReplication",
        "PutBucketPolicy",
    ),
    "scheduler": ("UpdateSchedule", "DeleteSchedule"),
    "sns": (
        "SetSubscriptionAttributes",
        "Unsubscribe",
        "RemovePermission",
        "SetTopicAttributes",
        "DeleteTopic",
    ),
    "sqs": ("RemovePermission", "SetQueueAttributes", "PurgeQueue", "StartMessageMoveTask"),
}
LISTED = [(service, act) for service, acts in ACTS.items() for act in acts]


@pytest.fixture(scope="module")
def own(longest: Deployments) -> Deployment:
    return longest("own")


@pytest.fixture(scope="module")
def watch(own: Deployment) -> Watch:
    return Watch(own)


def acts_on(deployment: Deployment, service: str, act: str) -> Iterator[Pair]:
    """Yield the act with the first resource of each kind that it can name."""
    for kind in guarded():
        fields = naming(kind).get(act) if kind.service == service else None
        if fields is not None:
            yield from (Pair(kind, one, act, fields) for one in held(deployment, kind)[:1])


@pytest.mark.fault(
    "telling",
    "Somebody disables, weakens or redirects a part, in each way that worked once",
    "the guard tells, by every name and for every caller",
)
@pytest.mark.parametrize(("service", "act"), LISTED)
def test_the_act_is_told_by_every_name_and_for_every_caller(
    own: Deployment, watch: Watch, service: str, act: str
) -> None:
    events = [
        (caller, event(pair, parameters, identity, address))
        for pair in acts_on(own, service, act)
        for parameters in requests(own, pair)
        for caller, (identity, address) in CALLERS.items()
    ]
    assert events
    by_stack = {caller: is_by_stack(watch, happened) for caller, happened in events}
    assert by_stack == {caller: caller == "CloudFormation" for caller in CALLERS}


def is_by_stack(watch: Watch, happened: Mapping[str, Any]) -> bool:
    """Say whether the rules of CloudFormation tell, and they alone; somebody has to tell."""
    [kind] = {BY_STACK in name for name in watch.tells(dict(happened))}
    return kind


@pytest.mark.parametrize(
    "act", ["DeleteEventBus", "PutPermission", "RemovePermission", "UpdateEventBus"]
)
def test_a_change_of_the_default_bus_is_told(own: Deployment, watch: Watch, act: str) -> None:
    """Such as a key that is disabled later: then no event comes, and EventBridge says nothing."""
    [kind] = [kind for kind in guarded() if kind.resource == "Events::EventBus"]
    key = f"arn:aws:kms:{own.region}:444455556666:key/mine"
    for parameters in ({"name": "default", "kmsKeyIdentifier": key}, {"eventBusName": "default"}):
        happened = (
            (caller, event(Pair(kind, "", act, ()), parameters, identity, address))
            for caller, (identity, address) in CALLERS.items()
        )
        told = {caller: is_by_stack(watch, each) for caller, each in happened}
        assert told == {caller: caller == "CloudFormation" for caller in CALLERS}


@pytest.mark.parametrize("act", ["UpdateStack", "ExecuteChangeSet", "DeleteStack", "RollbackStack"])
def test_a_deployment_is_told_as_one(own: Deployment, watch: Watch, act: str) -> None:
    [pair] = acts_on(own, "cloudformation", act)
    mail = VERSION if act == "ExecuteChangeSet" else REQUEST
    for parameters in requests(own, pair):
        for identity, address in CALLERS.values():
            counting, mailing = sorted(watch.tells(event(pair, parameters, identity, address)))
            assert f"Guard{DEPLOYMENT}" in counting
            assert f"Guard{mail}" in mailing


def test_words_that_cloudformation_takes_for_no_name_are_in_no_mail(
    own: Deployment, watch: Watch, home: Resources
) -> None:
    [pair] = acts_on(own, "cloudformation", "ExecuteChangeSet")
    parameters = {"stackName": own.stack_name, "changeSetName": "see http://example.com"}
    happened = event(pair, parameters, CALLERS["a person"][0])
    happened["detail"]["errorCode"] = "ValidationError"
    _, mailing = sorted(watch.tells(happened))
    assert f"Guard{REQUEST}" in mailing
    assert "changeSetName" not in json.dumps(targets(home, REQUEST))
    assert "requestParameters.changeSetName" in json.dumps(targets(home, VERSION))


def test_a_change_set_that_is_only_made_is_no_deployment(own: Deployment, watch: Watch) -> None:
    [pair] = acts_on(own, "cloudformation", "CreateChangeSet")
    identity, _ = CALLERS["a role"]
    assert not watch.tells(event(pair, {"stackName": own.stack_name}, identity))


@pytest.mark.fault(
    "telling",
    "Somebody disables a rule of the guard",
    "two rules of the guard tell",
)
def test_a_change_of_the_guard_is_told_by_two_rules_that_need_no_alarm(
    own: Deployment, watch: Watch
) -> None:
    identity, _ = CALLERS["a person"]
    for name in of_type(own.found, "Events::Rule"):
        if not name.startswith("Guard"):
            continue
        [pair] = [p for p in acts_on(own, "events", "DisableRule") if "name" in p.fields]
        tells = watch.tells(event(pair, {"name": own.name(name)}, identity))
        assert [part for part in (TELLING, ITSELF) if f"Guard{part}" in str(tells)] == [
            TELLING,
            ITSELF,
        ]


def test_what_only_uses_a_resource_is_not_told(own: Deployment, watch: Watch) -> None:
    identity, _ = CALLERS["a role"]
    for kind in guarded():
        for operation in kind.quiet:
            for logical_id in held(own, kind)[:1]:
                pair = Pair(kind, logical_id, operation, naming(kind)[operation])
                for parameters in requests(own, pair):
                    assert not watch.tells(event(pair, parameters, identity)), operation


def test_the_region_of_iam_sends_every_change_of_a_role_home(elsewhere: Resources) -> None:
    region = "us-east-2"
    assert region not in global_regions("aws")  # where the test's other stack is, it sends none
    assert not [n for n in of_type(elsewhere, "Events::Rule") if n.startswith("Roles")]
    [kind] = [kind for kind in guarded() if kind.resource == "IAM::Role"]
    identity, _ = CALLERS["a person"]
    for operation in naming(kind):
        if operation not in kind.quiet:
            pair = Pair(kind, "", operation, ("roleName",))
            happened = event(pair, {"roleName": "Trailwarden-Detect"}, identity)
            assert matches(CHANGES_OF_ROLES, happened), operation


# The way to people


def targets(found: Resources, part: str) -> list[dict[str, Any]]:
    rules = of_type(found, "Events::Rule").items()
    return [t for n, r in rules if n.startswith(f"Guard{part}") for t in r["Properties"]["Targets"]]


@pytest.mark.parametrize("part", [TELLING, ITSELF, VERSION, REQUEST])
def test_what_alarms_depend_on_is_told_without_alarm_and_function(
    home: Resources, part: str
) -> None:
    [topic] = [name for name in of_type(home, "SNS::Topic") if "Operations" in name]
    mails = [t for t in targets(home, part) if t["Arn"] == {"Ref": topic}]
    text = json.loads(mails[0]["InputTransformer"]["InputTemplate"])
    reads = mails[0]["InputTransformer"]["InputPathsMap"]
    assert all(f"<{name}>" in text for name in reads)
    assert text.startswith("Trailwarden: <act> ")


def test_the_mail_of_a_deployment_says_which_version_ran_and_which_comes(
    deployed: Callable[..., Resources],
) -> None:
    found = deployed(version="v1.2-3-gabcdef")
    for part in (VERSION, REQUEST):
        assert "ran version v1.2-3-gabcdef until then" in json.dumps(targets(found, part))
    assert "<act> of <to> for its stack" in json.dumps(targets(found, VERSION))


@pytest.mark.parametrize("page", ["docs/ci/deploy.yml", ".github/workflows/acceptance.yml"])
def test_pipelines_name_the_change_set_by_the_version_that_comes(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    [name] = re.findall(r"cdk deploy .*--change-set-name (\S+)", text.replace("\\\n", " "))
    bare = re.sub(r"\$\{GITHUB_SHA::\d+\}", "0a1b2c", name).strip('"')
    assert re.fullmatch(r"[a-zA-Z][-a-zA-Z0-9]{0,127}", bare)
    assert bare != name.strip('"')


def test_rules_may_publish_to_the_operations_topic(home: Resources, elsewhere: Resources) -> None:
    for found in (home, elsewhere):
        allowed = [
            statement
            for policy in of_type(found, "SNS::TopicPolicy").values()
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]
            if statement.get("Principal") == {"Service": "events.amazonaws.com"}
        ]
        assert [(s["Action"], "Condition" in s) for s in allowed] == [("sns:Publish", False)]


@pytest.mark.parametrize("part", PARTS)
def test_every_other_part_is_an_alarm_without_code_in_between(home: Resources, part: str) -> None:
    rules = [name for name in of_type(home, "Events::Rule") if name.startswith(f"Guard{part}")]
    watched = {
        alarm["Properties"]["Dimensions"][0]["Value"]["Ref"]: alarm["Properties"]["AlarmActions"]
        for alarm in of_type(home, "CloudWatch::Alarm").values()
        if alarm["Properties"].get("MetricName") == "Invocations"
        and alarm["Properties"].get("AlarmActions")
    }
    assert rules
    assert [name for name in rules if name not in watched] == []


def test_changes_by_cloudformation_are_told_where_no_deployment_is(home: Resources) -> None:
    [told] = [r["Properties"] for r in of_type(home, "CloudWatch::CompositeAlarm").values()]
    alarms = of_type(home, "CloudWatch::Alarm")
    counted = {
        alarm["Properties"]["Dimensions"][0]["Value"]["Ref"]: name
        for name, alarm in alarms.items()
        if "AlarmActions" not in alarm["Properties"]
    }
    rules = of_type(home, "Events::Rule")
    by_stack = [name for name in rules if name.startswith(f"Guard{BY_STACK}")]
    assert all(counted[name] in json.dumps(told["AlarmRule"]) for name in by_stack)
    [deployment] = [name for name in rules if name.startswith(f"Guard{DEPLOYMENT}")]
    assert counted[deployment] in json.dumps(told["ActionsSuppressor"])
    assert told["AlarmActions"] == told["OKActions"]


SECOND = "arn:aws:sns:eu-central-1:444455556666:second"


@pytest.mark.parametrize("part", [TELLING, ITSELF, VERSION, REQUEST])
def test_another_accounts_topic_gets_the_same_mails(
    deployed: Callable[..., Resources], home: Resources, part: str
) -> None:
    found = deployed(second_topic_arn=SECOND)
    mails = [t for t in targets(found, part) if t["Arn"] == SECOND]
    firsts = [t for t in targets(found, part) if t["Id"] == "Mail"]
    assert len(mails) == len(firsts) > 0
    for field in ("InputTransformer", "DeadLetterConfig"):
        assert [mail[field] for mail in mails] == [first[field] for first in firsts]
    [role] = [n for n in of_type(found, "IAM::Role") if n.startswith("SecondTopicRole")]
    assert [mail["RoleArn"] for mail in mails] == [{"Fn::GetAtt": [role, "Arn"]}] * len(mails)
    assert SECOND not in json.dumps(home)


def test_the_role_for_another_accounts_topic_may_do_nothing_else_and_is_guarded(
    deployed: Callable[..., Resources],
) -> None:
    found = deployed(second_topic_arn=SECOND)
    [role] = [n for n in of_type(found, "IAM::Role") if n.startswith("SecondTopicRole")]
    policies = of_type(found, "IAM::Policy").values()
    [policy] = [p["Properties"] for p in policies if p["Properties"]["Roles"] == [{"Ref": role}]]
    [allowed] = policy["PolicyDocument"]["Statement"]
    assert (allowed["Action"], allowed["Resource"]) == ("sns:Publish", SECOND)
    trust = found[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert [s["Principal"] for s in trust] == [{"Service": "events.amazonaws.com"}]
    guards = [r for n, r in of_type(found, "Events::Rule").items() if n.startswith("GuardRoles")]
    assert json.dumps({"Ref": role}) in json.dumps(guards)


def test_what_has_no_second_place_is_said_at_synth() -> None:
    def says(**choices: Any) -> str:
        return "\n".join(advice_on(config(**choices)))

    assert "no second place" in says(forward_regions=[])
    assert "no second place" not in says(forward_regions=[], second_topic_arn=SECOND)
    assert "no second place" not in says()


def test_the_other_region_tells_what_would_silence_home(
    home: Resources, elsewhere: Resources
) -> None:
    for part in (TELLING, ITSELF, VERSION, REQUEST):
        assert "us-east-1:111122223333:event-bus/Trailwarden-SecondPlace" in json.dumps(
            [target["Arn"] for target in targets(home, part)]
        )
    [bus] = of_type(elsewhere, "Events::EventBus").values()
    assert bus["Properties"]["Name"] == "Trailwarden-SecondPlace"
    rules = of_type(elsewhere, "Events::Rule").items()
    [told] = [r["Properties"] for name, r in rules if name.startswith("SecondPlace")]
    [topic] = of_type(elsewhere, "SNS::Topic")
    assert [target["Arn"] for target in told["Targets"]] == [{"Ref": topic}]
