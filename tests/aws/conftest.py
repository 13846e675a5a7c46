"""The account in memory."""

from tests.aws.audited import delivery, keys
from tests.aws.world import account, assembled, clock, world

__all__ = ["account", "assembled", "clock", "delivery", "keys", "world"]
