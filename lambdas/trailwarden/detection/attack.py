"""The MITRE ATT&CK tactics, and all its techniques.

Ids and names are those of the Enterprise matrix, version 17, in which impairing defences is
T1562. Version 19 splits it; https://attack.mitre.org/versions/ keeps both.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

MATRIX_VERSION = "17"


class Tactic(StrEnum):
    """Why an adversary acts: the columns of the ATT&CK Enterprise matrix, by their ids."""

    RESOURCE_DEVELOPMENT = "TA0042"
    INITIAL_ACCESS = "TA0001"
    EXECUTION = "TA0002"
    PERSISTENCE = "TA0003"
    PRIVILEGE_ESCALATION = "TA0004"
    DEFENSE_EVASION = "TA0005"
    CREDENTIAL_ACCESS = "TA0006"
    DISCOVERY = "TA0007"
    LATERAL_MOVEMENT = "TA0008"
    COLLECTION = "TA0009"
    COMMAND_AND_CONTROL = "TA0011"
    EXFILTRATION = "TA0010"
    IMPACT = "TA0040"

    @property
    def title(self) -> str:  # type: ignore[override]  # a tactic's title, not text's title case
        """The tactic's name, such as `Initial Access`."""
        return self.name.replace("_", " ").title().replace(" And ", " and ")


TECHNIQUES: Mapping[str, str] = json.loads(
    Path(__file__).with_name("techniques.json").read_text(encoding="utf-8")
)
"""The names of all techniques by their ids: those of pySigma 0.11.23, and six that it lacks."""
