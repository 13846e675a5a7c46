"""How bad what a rule tells is."""

from enum import IntEnum
from typing import Self


class Severity(IntEnum):
    """How bad it is if true. The names are ASFF severity labels, the values OCSF severity ids."""

    INFORMATIONAL = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4
    CRITICAL = 5

    @property
    def label(self) -> str:
        """The name as people and JSON have it: `high`."""
        return self.name.lower()

    @classmethod
    def parse(cls, label: str) -> Self:
        """Return the severity of a label, in any case; raises ValueError with the choices."""
        try:
            return cls[label.upper()]
        except KeyError:
            choices = ", ".join(severity.label for severity in cls)
            raise ValueError(f"{label!r} is no severity: use one of {choices}") from None
