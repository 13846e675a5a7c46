"""The importer finds which events a Sigma rule looks at."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.authoring.sigma.rules import CREATE, asked, made, outcomes, refusal, sigma
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import iam_user, record, root
from trailwarden.contract.event_patterns import complete_path_only
from trailwarden.detection.engine import Engine
from trailwarden.detection.rule import Rule


def test_lists_the_events_that_a_rule_pins(rule_of: Callable[..., Rule]) -> None:
    names = ["stoplogging", "DeleteTrail"]
    rule = rule_of(
        sigma({"selection": {"eventSource": "cloudtrail.amazonaws.com", "eventName": names}})
    )
    assert rule.events == ["cloudtrail:DeleteTrail", "cloudtrail:StopLogging"]
    assert rule.where is None
    assert rule.detect(Event({}))


def test_lists_only_pairs_that_cloudtrail_has(rule_of: Callable[..., Rule]) -> None:
    selection = {
        "eventSource": ["guardduty.amazonaws.com", "securityhub.amazonaws.com"],
        "eventName": ["DeleteDetector", "DisableSecurityHub"],
    }
    rule = rule_of(sigma({"selection": selection}))
    assert rule.events == ["guardduty:DeleteDetector", "securityhub:DisableSecurityHub"]


def test_spells_out_what_begins_with_a_word(rule_of: Callable[..., Rule]) -> None:
    selection = {"eventSource": "cloudtrail.amazonaws.com", "eventName|startswith": "stop"}
    rule = rule_of(sigma({"selection": selection}))
    assert {"cloudtrail:StopLogging", "cloudtrail:StopImport"} <= set(rule.events)
    assert all(event.startswith("cloudtrail:Stop") for event in rule.events)


def test_finds_every_service_that_has_an_event(rule_of: Callable[..., Rule]) -> None:
    rule = rule_of(sigma({"selection": {"eventName": "CreateUser"}}))
    assert {"iam:CreateUser", "transfer:CreateUser", "identitystore:CreateUser"} & set(rule.events)
    assert "iam:CreateUser" in rule.events


def test_matches_names_with_an_api_version(rule_of: Callable[..., Rule]) -> None:
    for name in ("UpdateFunctionCode", "UpdateFunctionCode20150331v2"):
        selection = {"eventSource": "lambda.amazonaws.com", "eventName": name}
        rule = rule_of(sigma({"selection": [selection, selection | {"eventName": "Invoke"}]}))
        assert rule.events == ["lambda:UpdateFunctionCode", "lambda:Invoke"]
        assert rule.observe(Event(record("lambda:UpdateFunctionCode20150331v2", iam_user("eve"))))


def test_guards_what_looks_at_every_service(rule_of: Callable[..., Rule]) -> None:
    detection = {
        "selection": {"userIdentity.type": "Root"},
        "filter": {"eventType": "AwsServiceEvent"},
        "condition": "selection and not filter",
    }
    rule = rule_of(sigma(detection))
    assert rule.events == ["*"]
    assert rule.where == {"userIdentity": {"type": [{"equals-ignore-case": "Root"}]}}
    assert list(Engine([rule]).evaluate([Event(record("s3:ListBuckets", root()))]))


def test_guards_what_looks_at_one_service(rule_of: Callable[..., Rule]) -> None:
    selection = {"eventSource": "kms.amazonaws.com", "errorCode": ["AccessDenied", "Throttled"]}
    rule = rule_of(sigma({"selection": selection}))
    assert rule.events == ["kms:*"]
    assert rule.where == {
        "errorCode": [{"equals-ignore-case": "AccessDenied"}, {"equals-ignore-case": "Throttled"}]
    }


@pytest.mark.parametrize(
    "selection",
    [
        {"awsRegion": "us-east-1"},
        {"userAgent|contains": "py"},
        {"userAgent|re": "p[y]thon|curl"},
        {"userIdentity.sessionContext.sessionIssuer.type|contains": "Role"},
        {"eventSource": "ec2.amazonaws.com", "readOnly": False},
        {"eventName|contains": "e"},
        {"userIdentity.type": ["Root", "IAMUser"]},
    ],
)
def test_refuses_a_rule_over_nearly_everything(selection: dict[str, Any]) -> None:
    assert "nearly every event" in refusal(sigma({"selection": selection}))


@pytest.mark.parametrize(
    ("field", "value", "part"),
    [
        ("userAgent|contains", "Kali", "Kali"),
        ("userAgent|startswith", "rclone/", "rclone/"),
        ("userAgent|contains", "distrib?kali*2024", "distrib"),
        ("userAgent|re", r"(?i).*distrib#kali\.[0-9]+", "distrib#kali."),
        ("errorMessage|contains", "is not authorized", "is not authorized"),
    ],
)
def test_looks_for_a_part_of_a_text_first(
    rule_of: Callable[..., Rule], field: str, value: str, part: str
) -> None:
    rule = rule_of(sigma({"selection": {field: value}}))
    path = field.partition("|")[0]
    assert (rule.events, rule.where) == (["*"], {path: [{"contains-ignore-case": part}]})
    assert "contains-ignore-case" in complete_path_only(rule)


def test_looks_first_whether_a_rare_field_is_there(rule_of: Callable[..., Rule]) -> None:
    rule = rule_of(sigma({"selection": {"requestParameters.userData|contains": "curl"}}))
    assert rule.where == {"requestParameters": {"userData": [{"exists": True}]}}


def test_refuses_an_event_that_never_occurs_and_says_what_was_meant() -> None:
    s3 = {"eventSource": "s3.amazonaws.com", "eventName": "PutLifecycleConfiguration"}
    assert "no event s3:PutLifecycleConfiguration" in refusal(sigma({"selection": s3}))
    domains = {"eventSource": "route53.amazonaws.com", "eventName": "DisableDomainTransferLock"}
    told = refusal(sigma({"selection": domains}))
    assert "did you mean route53domains:DisableDomainTransferLock?" in told
    typo = {"eventSource": "iam.amazonaws.com", "eventName": "CreateUsr"}
    assert "did you mean iam:CreateUser?" in refusal(sigma({"selection": typo}))
    assert "no event Nothing" in refusal(sigma({"selection": {"eventName": "Nothing"}}))


def test_drops_an_event_that_never_occurs_beside_others_and_warns() -> None:
    names = ["DeleteBucketPolicy", "PutLifecycleConfiguration"]
    [result] = outcomes(
        sigma({"selection": {"eventSource": "s3.amazonaws.com", "eventName": names}})
    )
    assert result.imported
    assert "s3:PutLifecycleConfiguration" in result.imported.warnings[0]
    assert 'events=["s3:DeleteBucketPolicy"]' in result.imported.text


def test_refuses_a_service_that_is_not_there() -> None:
    told = refusal(sigma({"selection": CREATE | {"eventSource": "aim.amazonaws.com"}}))
    assert "no eventSource aim.amazonaws.com" in told


def test_an_event_source_without_its_domain_is_told_with_it() -> None:
    selection = {"eventSource": "iam", "eventName": "CreateUser"}
    told = refusal(sigma({"selection": selection}))
    assert "no eventSource iam (did you mean iam.amazonaws.com?)" in told


def test_reads_success_as_no_error_code_and_warns(rule_of: Callable[..., Rule]) -> None:
    rule = asked(errorCode="Success")
    [result] = outcomes(rule)
    assert result.imported
    assert "no errorCode for a success" in result.imported.warnings[0]
    assert rule_of(rule).observe(made())
    assert not rule_of(rule).observe(made(errorCode="AccessDenied"))
    either = asked(errorCode=["Success", None])
    assert rule_of(either).observe(made())
