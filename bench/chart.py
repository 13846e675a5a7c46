"""Draws curves as an SVG."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

COLOURS = ("#1f77b4", "#d62728")
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 320, 60, 150, 30, 50
ACROSS, DOWN = WIDTH - RIGHT - LEFT, HEIGHT - BOTTOM - TOP
LINES = (0.25, 0.5, 0.75, 1)
"""At which shares of the largest value lines go across."""

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True)
class Chart:
    """Curves against one quantity, each from left to right."""

    across: str
    """What goes from left to right."""
    up: str
    """What goes up."""
    curves: Sequence[tuple[str, Sequence[Point]]]
    marks: Sequence[float]
    """Which values are written below."""
    top: float = 0
    """The value at the top; without it, the largest one."""

    def drawn(self) -> str:
        """Return the SVG."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            'font-family="sans-serif" font-size="12">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        )
        curves = zip(self.curves, COLOURS, strict=False)
        parts = (p for (title, points), c in curves for p in self._curve(title, points, c))
        return "\n".join((*head, *self._axes(), *parts, "</svg>", ""))

    @property
    def _top(self) -> float:
        return self.top or max(y for _, points in self.curves for _, y in points)

    def _place(self, x: float, y: float) -> Point:
        most = max(x for _, points in self.curves for x, _ in points)
        return LEFT + x / most * ACROSS, TOP + DOWN - y / self._top * DOWN

    def _axes(self) -> Iterator[str]:
        bottom, right = TOP + DOWN, LEFT + ACROSS
        yield f'<path d="M{LEFT} {TOP}V{bottom}H{right}" fill="none" stroke="black"/>'
        yield f'<text x="{LEFT}" y="{TOP - 12}">{self.up}</text>'
        for mark in self.marks:
            x, _ = self._place(mark, 0)
            yield (
                f'<text x="{x:.0f}" y="{bottom + 18}" text-anchor="middle">{mark:g}</text>'
                f'<path d="M{x:.0f} {bottom}v4" stroke="black"/>'
            )
        for share in LINES:
            _, y = self._place(0, share * self._top)
            value = f"{share * self._top:.0f}"
            yield (
                f'<text x="{LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{value}</text>'
                f'<path d="M{LEFT} {y:.0f}H{right}" stroke="#dddddd"/>'
            )
        middle = (LEFT + right) / 2
        yield f'<text x="{middle:.0f}" y="{HEIGHT - 12}" text-anchor="middle">{self.across}</text>'

    def _curve(self, title: str, points: Sequence[Point], colour: str) -> Iterator[str]:
        places = [self._place(*point) for point in points]
        path = "L".join(f"{x:.0f} {y:.0f}" for x, y in places)
        yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for x, y in places:
            yield f'<circle cx="{x:.0f}" cy="{y:.0f}" r="4" fill="{colour}"/>'
        x, y = places[-1]
        yield f'<text x="{x + 10:.0f}" y="{y + 4:.0f}" fill="{colour}">{title}</text>'
