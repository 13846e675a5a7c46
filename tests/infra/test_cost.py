from infra.advice import advice_on
from tests.infra.templates import Resources, config, of_type
from trailwarden.cost.measured import measured

COMPOSITE = 5
"""A composite alarm costs as much as so many others."""

ADOPTED = {
    "adopted_bucket": "company-logs",
    "adopted_trail_arn": "arn:aws:cloudtrail:eu-central-1:111122223333:trail/organization",
}


def test_the_bill_counts_what_the_template_makes(home: Resources) -> None:
    mappings = of_type(home, "Lambda::EventSourceMapping").values()
    polled = [m for m in mappings if "Queue" in str(m["Properties"]["EventSourceArn"])]
    composites = len(of_type(home, "CloudWatch::CompositeAlarm"))
    made = {
        "alarms": len(of_type(home, "CloudWatch::Alarm")) + COMPOSITE * composites,
        "dashboards": len(of_type(home, "CloudWatch::Dashboard")),
        "keys": len(of_type(home, "KMS::Key")),
        "polled_queues": len(polled),
    }
    assert made == {name: getattr(measured(), name) for name in made}


def test_the_bill_has_bucket_keys_where_the_template_has(home: Resources) -> None:
    encryption = [
        rule
        for bucket in of_type(home, "S3::Bucket").values()
        for rule in bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        if rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    ]
    assert [bool(rule.get("BucketKeyEnabled")) for rule in encryption] == [measured().bucket_keys]


def test_what_costs_much_is_said_at_synth() -> None:
    copy, insights, data, *_ = advice_on(config(insights=True, data_events=["s3"]))
    assert "second copy" in copy
    assert "$2,000" in copy
    assert "$385" in insights
    assert "$100" in data


def test_an_adopted_trail_costs_no_second_copy() -> None:
    assert not [advice for advice in advice_on(config(**ADOPTED)) if "$" in advice]
