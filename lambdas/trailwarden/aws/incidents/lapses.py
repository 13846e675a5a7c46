"""Failures of the work on incidents. They cost no alert, and operators hear of each once a day."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

log = logging.getLogger(__name__)


class Lapses:
    """What failed in one function since it was asked last."""

    def __init__(self) -> None:
        self._whys: dict[str, str] = {}

    @contextmanager
    def survived(self, effect: str) -> Iterator[None]:
        """Go on after any failure within. `effect` is a sentence for people on the consequence."""
        try:
            yield
        except Exception as error:
            log.exception(effect)
            self._whys.setdefault(effect, repr(error))

    def note(self, effect: str, why: str) -> None:
        """Note a limit that was reached. `effect` is a sentence for people on the consequence."""
        log.error(effect, extra={"why": why})
        self._whys.setdefault(effect, why)

    def take(self) -> Mapping[str, str]:
        """Return why each effect came about, and forget them."""
        taken, self._whys = self._whys, {}
        return taken
