import json
from datetime import UTC, datetime

from tests.notify.findings import alerts
from tests.notify.test_asff import faults
from trailwarden.notify import securityhub

PRODUCT = "arn:aws:securityhub:eu-central-1:111122223333:product/111122223333/default"
NOON = datetime(2025, 6, 2, 12, tzinfo=UTC)
OF_PEOPLE = {"Note", "UserDefinedFields", "VerificationState", "Workflow"}
"""What `BatchImportFindings` cannot update, as people write it."""
OF_THE_HUB = {"Confidence", "Criticality", "RelatedFindings", "Severity", "Types"}
"""What a provider should not update at the top."""


def test_every_alert_is_a_finding_that_the_home_account_may_import() -> None:
    assert len(alerts()) > 40
    for alert in alerts():
        finding = securityhub.imported(securityhub.render(alert), PRODUCT, NOON)
        assert faults(finding) == "", alert.rule.id
        assert finding["AwsAccountId"] == "111122223333"
        assert finding["ProductArn"] == PRODUCT
        assert finding["UpdatedAt"] == "2025-06-02T12:00:00.000Z"
        assert not (OF_PEOPLE | OF_THE_HUB) & finding.keys()
        assert finding["FindingProviderFields"]["Severity"]["Label"] == alert.severity.name
        assert 1 <= len(finding["Resources"]) <= 32
        assert len(json.dumps(finding)) < 240_000


def test_a_finding_names_the_account_that_it_is_about_first() -> None:
    alert = next(one for one in alerts() if one.rule.id == "cloudtrail.logging_stopped")
    finding = json.loads(securityhub.render(alert, {alert.first.account_id: "prod"}))
    first, second, *_ = finding["Resources"]
    assert first["Id"] == f"AWS::::Account:{alert.first.account_id}"
    assert first["Tags"] == {"trailwarden/account_name": "prod"}
    assert second["Id"] == alert.first.subject
