"""The figures of a pack count what is there."""

from trailwarden import catalog
from trailwarden.authoring.figures import figures


def test_the_figures_of_a_sound_rule_count_nothing_against_it() -> None:
    made = [m for m in catalog.shipped() if m.RULE.id in ("iam.user_created", "rds.deleted")]
    counts = {figure.name: figure.found for figure in figures(made)}
    assert counts.pop("different sets of exempt callers") == 1
    assert counts.pop("event names in no alerting story") == 1  # rds:DeleteGlobalCluster
    assert set(counts.values()) == {0}
