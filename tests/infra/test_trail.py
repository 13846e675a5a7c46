import json

import pytest

from tests.infra.parts import ADOPTED, TOPIC, Deployed, one, queue_name, role_statements
from tests.infra.templates import ACCOUNT, REGION, Resources, of_type, statements

# Trail and bucket


def test_the_trail_sees_every_region_and_proves_its_files(home: Resources) -> None:
    trail = one(home, "CloudTrail::Trail")
    assert trail["IsLogging"] is True
    assert trail["IsMultiRegionTrail"] is True
    assert trail["IncludeGlobalServiceEvents"] is True
    assert trail["EnableLogFileValidation"] is True
    assert "Key" in queue_name(trail["KMSKeyId"])


def test_insights_are_a_choice(home: Resources, deployed: Deployed) -> None:
    chosen = one(deployed(insights=True), "CloudTrail::Trail")["InsightSelectors"]
    assert {s["InsightType"] for s in chosen} == {"ApiCallRateInsight", "ApiErrorRateInsight"}
    assert "InsightSelectors" not in one(home, "CloudTrail::Trail")


def test_the_trail_waits_for_its_buckets_policy(home: Resources) -> None:
    [trail] = of_type(home, "CloudTrail::Trail").values()
    [policy] = [name for name in of_type(home, "S3::BucketPolicy") if "LogsBucket" in name]
    assert policy in trail["DependsOn"]


@pytest.mark.exhaustive
def test_an_organizations_trail_writes_for_the_organization(deployed: Deployed) -> None:
    found = deployed(organization_id="o-a1b2c3d4e5", management_account=ACCOUNT)
    assert one(found, "CloudTrail::Trail")["IsOrganizationTrail"] is True
    writes = json.dumps([s for _, s in statements(found) if s.get("Sid") == "TrailWrites"])
    assert "/AWSLogs/o-a1b2c3d4e5/*" in writes
    assert f"/AWSLogs/{ACCOUNT}/*" in writes
    assert f":cloudtrail:{REGION}:{ACCOUNT}:trail/Trailwarden" in writes


def test_buckets_are_private_versioned_and_speak_tls_1_2(home: Resources) -> None:
    for bucket in of_type(home, "S3::Bucket").values():
        assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
        assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
    modern = [s for _, s in statements(home) if "s3:TlsVersion" in json.dumps(s)]
    assert len(modern) == 2


def test_object_lock_is_a_choice(deployed: Deployed, home: Resources) -> None:
    locked = one(deployed(object_lock="compliance"), "S3::Bucket", "LogsBucket")
    retention = locked["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert retention == {"Mode": "COMPLIANCE", "Days": 365}
    assert "ObjectLockConfiguration" not in one(home, "S3::Bucket", "LogsBucket")


def test_the_key_serves_our_trail_alone(home: Resources) -> None:
    policy = one(home, "KMS::Key", "TrailLogsKey")["KeyPolicy"]["Statement"]
    [used] = [statement for statement in policy if "Service" in statement["Principal"]]
    assert used["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
    source = json.dumps(used["Condition"]["StringEquals"]["aws:SourceArn"])
    assert f":cloudtrail:{REGION}:{ACCOUNT}:trail/Trailwarden" in source


# An adopted bucket


def test_an_adopted_bucket_is_not_touched(deployed: Deployed) -> None:
    found = deployed(**ADOPTED)
    untouched = ("S3::Bucket", "S3::BucketPolicy", "CloudTrail::Trail")
    assert [kind for kind in untouched if of_type(found, kind)] == []
    assert [name.startswith("SealKey") for name in of_type(found, "KMS::Key")] == [True]


def test_the_detector_may_read_the_adopted_log_files(deployed: Deployed) -> None:
    told = json.dumps(role_statements(deployed(**ADOPTED), "detect"))
    assert ":s3:::company-logs/org/AWSLogs/*/CloudTrail/*" in told
    assert ADOPTED["adopted_key_arn"] in told
    assert '"s3.eu-north-1."' in told


def test_a_topic_may_tell_of_new_files(deployed: Deployed) -> None:
    found = deployed(**ADOPTED, adopted_bucket_owner="444455556666", adopted_topic_arn=TOPIC)
    subscription = one(found, "SNS::Subscription", "Ingest")
    assert subscription["TopicArn"] == TOPIC
    assert subscription["Region"] == "eu-north-1"
    assert not [name for name in of_type(found, "Events::Rule") if "NewLogFile" in name]
