"""What authors of rules ask of the models of the APIs, which botocore ships."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias


class Shape(NamedTuple):
    """The parameters of an operation, by their names as CloudTrail records them."""

    members: frozenset[str]
    required: frozenset[str]


Shapes: TypeAlias = Callable[[str, str], Shape | None]
"""Tells the shape of an operation, by service and operation; None where no model has it."""
