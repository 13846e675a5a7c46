"""The importer refuses what rules cannot express, and says why."""

from typing import Any

import pytest

from tests.authoring.sigma.rules import CREATE, PACK, outcomes, sigma
from trailwarden.authoring.sigma.importer import results


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("requestParameters.a|base64", "x", "base64 looks for encoded text"),
        ("requestParameters.a|base64offset|contains", "x", "base64offset looks for encoded"),
        ("requestParameters.a|wide|base64", "x", "encoded text"),
        ("requestParameters.a|windash|contains", "-x", "command lines of Windows"),
        ("requestParameters.a|expand", "%admins%", "write them into the rule"),
        ("eventTime|hour", 3, "looks at the clock"),
        ("requestParameters.a|nothing", "x", "is no Sigma rule"),
        ("requestParameters.a|re", "(a+)+b", "repeats repetitions"),
        ("requestParameters.a|re", "(a|b)*c", None),
        ("requestParameters.a|re", "x.*y.*z.*w", "may take too long"),
        ("requestParameters.a|re", "a(?=b)", "is no Sigma rule"),
        ("requestParameters.a|re", r"\pN", "Python does not read"),
        ("requestParameters.a|cidr", "10.0.0.1/8", "is no Sigma rule"),
        ("requestParamters.a", "x", "no field requestParamters"),
        ("userIdentity.shoe", "x", "no field shoe"),
        ("requestParameters.items{}.a", "x", "write it as CloudTrail does"),
        ("eventVersion", {"a": 1}, "is no Sigma rule"),
    ],
)
def test_refuses_what_it_cannot_express(field: str, value: Any, reason: str | None) -> None:
    result = outcomes(sigma({"selection": CREATE | {field: value}}))[-1]
    assert result.refused is (reason is not None)
    assert (reason or "") in result.message


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (sigma({"selection": ["keyword"]}), "keywords"),
        (sigma({"selection": CREATE, "condition": "selection | count() > 5"}), "deprecated"),
        (sigma({"selection": CREATE, "condition": "selection and"}), "Expected"),
        (sigma({"selection": CREATE, "condition": "1 of nothing*"}), "doesn't match"),
        (sigma({"selection": CREATE, "condition": "other"}), "not defined"),
        (sigma(logsource={"product": "windows", "service": "security"}), "only aws/cloudtrail"),
        (sigma(logsource={"product": "aws"}), "only aws/cloudtrail"),
        (sigma(logsource={"product": "gcp", "service": "cloudtrail"}), "only aws/cloudtrail"),
        (sigma(status="deprecated"), "do not use it any more"),
        (sigma(status="unsupported"), "do not use it any more"),
        (sigma(title="\u200b"), "give it a `name`"),
        (sigma(title=None), "is no Sigma rule"),
        (sigma(level="huge"), "is no Sigma rule"),
        (sigma(logsource=["aws"]), "is no Sigma rule"),
        (sigma() | {"detection": "all"}, "is no Sigma rule"),
        ({"correlation": 5, "title": "x"}, "is no Sigma rule"),
        ({"filter": {"rules": ["x"], "selection": {}}, "title": "x"}, "tuning.toml"),
        ({"hello": "world"}, "is no Sigma rule"),
        (
            sigma({"selection": CREATE, "no": CREATE, "condition": "selection and not no"}),
            "contradict itself",
        ),
    ],
)
def test_refuses_what_is_no_rule_for_cloudtrail(rule: dict[str, Any], reason: str) -> None:
    told = " ".join(result.message for result in outcomes(rule) if result.refused)
    assert reason in told


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: [", "is no YAML"),
        ("a: 1\na: 2", "Duplicate key"),
        ("!!python/object/apply:os.system [id]", "is no YAML"),
        ("just text", "is no Sigma"),
        ("", "is no Sigma"),
        ("- a\n- b", "is no Sigma"),
        ("{[a]: 1}", "is no YAML"),
        ("&a [*a]", "is no"),
    ],
)
def test_refuses_what_is_no_sigma_at_all(text: str, reason: str) -> None:
    [result] = results([("x.yml", text)], PACK)
    assert result.refused
    assert reason in result.message
    assert "\n" not in result.message


def test_one_bad_rule_of_a_file_does_not_silence_the_rest() -> None:
    bad, good = outcomes(sigma(level="huge"), sigma())
    assert bad.refused
    assert good.imported


def test_understands_collections_with_a_common_part() -> None:
    common = {"action": "global", **sigma()}
    detection = common.pop("detection")
    [result] = outcomes(common, {"detection": detection})
    assert result.imported
