"""Runs functions at the same time, so that their calls of AWS come in an order that a seed says."""

import random
import threading
from collections.abc import Callable, Sequence
from typing import Any

import boto3


class Turns:
    """Lets one thread run at a time, and another one from each call of AWS on."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._stays = self._random.choice((0, 0.5, 0.9))
        """How often a thread goes on: one may do all of its work between two calls of another."""
        self._changed = threading.Condition()
        self._waiting: set[int] = set()
        self._running = 0
        self._chosen: int | None = None
        self._last = 0
        self._mine = threading.local()

    def run(self, functions: Sequence[Callable[[], Any]]) -> list[Any]:
        """Run `functions` and return what each returned; raises what one of them raised."""
        results: list[Any] = [None] * len(functions)
        errors: list[BaseException] = []

        def work(number: int) -> None:
            self._mine.number = number
            self._wait()
            try:
                results[number] = functions[number]()
            except BaseException as error:  # noqa: BLE001 - it is raised where the test sees it
                errors.append(error)
            finally:
                self._leave()

        threads = [threading.Thread(target=work, args=(n,)) for n in range(len(functions))]
        self._running = len(threads)
        events: Any = boto3.DEFAULT_SESSION.events  # type: ignore[union-attr]
        events.register_first("before-call", self._take_turns)
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            events.unregister("before-call", self._take_turns)
        if errors:
            raise errors[0]
        return results

    def _take_turns(self, **_: Any) -> None:
        if hasattr(self._mine, "number"):
            self._wait()

    def _wait(self) -> None:
        with self._changed:
            number = self._mine.number
            self._waiting.add(number)
            self._running -= 1
            self._choose()
            self._changed.wait_for(lambda: self._chosen == number)
            self._chosen = None
            self._waiting.remove(number)
            self._running += 1

    def _leave(self) -> None:
        with self._changed:
            self._running -= 1
            self._choose()

    def _choose(self) -> None:
        if not self._running and self._waiting and self._chosen is None:
            if self._last not in self._waiting or self._random.random() >= self._stays:
                self._last = self._random.choice(sorted(self._waiting))
            self._chosen = self._last
            self._changed.notify_all()
