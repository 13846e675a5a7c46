"""Techniques have the ids of one version of the matrix."""

from tests.rules.verdicts import RULES
from trailwarden.authoring.sigma.tags import BEFORE_19, TACTICS
from trailwarden.detection import attack
from trailwarden.detection.attack import Tactic


def test_impairing_defences_has_the_ids_of_one_version_of_the_matrix() -> None:
    named = {t for rule in RULES.values() for ts in rule.attack.values() for t in ts}
    assert attack.MATRIX_VERSION == "17"
    assert named <= attack.TECHNIQUES.keys()
    assert {t for t in named if t.startswith("T1562")}
    assert not {t for t in named if t.startswith(("T1685", "T1686"))}


def test_labels_of_version_19_are_mapped() -> None:
    assert BEFORE_19["T1685"] == "T1562.001"
    assert set(BEFORE_19.values()) <= attack.TECHNIQUES.keys()
    assert TACTICS["defense-impairment"] is TACTICS["stealth"] is Tactic.DEFENSE_EVASION
