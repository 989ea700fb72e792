"""Draws lines over logarithmic axes as an SVG of its own colours, for a light and a dark page."""

from collections.abc import Iterable, Iterator
from html import escape
from math import ceil, floor, log10

import attrs

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 190, 48, 52
LIGHT = ("#b3261e", "#a15c00", "#1b6e3c", "#1f5fbf", "#7a3ea8")
DARK = ("#ff8a80", "#ffb95c", "#6fdc9a", "#8ab8ff", "#d3a6ff")
STYLE = """
  .card { fill: #ffffff; stroke: #d8dce3 } .grid { stroke: #e6e9ef } .soft { fill: #667085 }
  .title { fill: #2b303b; font-weight: 600 } .line { fill: none; stroke-width: 2.25; stroke-linejoin: round }"""
DARK_STYLE = """
    .card { fill: #1b1e25; stroke: #343a46 } .grid { stroke: #2c313c } .soft { fill: #9aa4b5 }
    .title { fill: #e6e9ef }"""


@attrs.frozen
class Line:
    """A named line of (x, y), both above 0."""

    name: str
    points: tuple[tuple[int, float], ...]

    @property
    def least(self) -> float:
        """The lowest y."""
        return min(y for _, y in self.points)

    @property
    def greatest(self) -> float:
        """The highest y."""
        return max(y for _, y in self.points)


def coloured(colours: Iterable[str]) -> str:
    """The rules that give each line its colour."""
    return "".join(
        f"\n    .line.c{number} {{ stroke: {colour} }} .name.c{number}, .dot.c{number} {{ fill: {colour} }}"
        for number, colour in enumerate(colours)
    )


def text(x: float, y: float, words: str, *, style: str = "soft", size: int = 12, anchor: str = "middle") -> str:
    """Some words."""
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"'
    return f'<text class="{style}" {place}>{escape(words)}</text>'


def draw(lines: list[Line], below: str, beside: str) -> str:
    """The picture, as text."""
    sizes = [x for line in lines for x, _ in line.points]
    x_low, x_high = log10(min(sizes)), max(log10(max(sizes)), log10(min(sizes)) + 1)
    y_low = floor(log10(min(line.least for line in lines)))
    y_high = max(ceil(log10(max(line.greatest for line in lines))), y_low + 1)

    def across(x: float) -> float:
        return LEFT + (log10(x) - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT)

    def up(y: float) -> float:
        return HEIGHT - BOTTOM - (log10(y) - y_low) / (y_high - y_low) * (HEIGHT - TOP - BOTTOM)

    def parts() -> Iterator[str]:
        size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="system-ui, sans-serif">'
        yield f"<title>{escape(beside)}, by the number of {escape(below)}</title>"
        yield f"<style>{STYLE}{coloured(LIGHT)}"
        yield f"  @media (prefers-color-scheme: dark) {{{DARK_STYLE}{coloured(DARK)} }}"
        yield "</style>"
        yield f'<rect class="card" x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="10"/>'
        yield text(LEFT, 28, beside, style="title", size=15, anchor="start")
        for power in range(y_low, y_high + 1):
            y = up(10.0**power)
            yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            yield text(LEFT - 10, y + 4, f"{10**power:g}", anchor="end")
        for x in sorted(set(sizes)):
            place, bottom = across(x), HEIGHT - BOTTOM
            yield f'<line class="grid" x1="{place:.1f}" x2="{place:.1f}" y1="{TOP}" y2="{bottom}"/>'
            yield text(place, bottom + 20, f"{x:,}".replace(",", " "))
        yield text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, below)
        taken: list[float] = []
        for number, line in sorted(enumerate(lines), key=lambda pair: -pair[1].points[-1][1]):
            colour = f"c{number % len(LIGHT)}"
            path = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in line.points)
            yield f'<polyline class="line {colour}" points="{path}"/>'
            for x, y in line.points:
                yield f'<circle class="dot {colour}" cx="{across(x):.1f}" cy="{up(y):.1f}" r="3.5"/>'
            # Names stand beside the ends of their lines, and below each other where these are close.
            place = max([up(line.points[-1][1]), *(each + 17 for each in taken[-1:])])
            taken.append(place)
            yield text(WIDTH - RIGHT + 14, place + 4, line.name, style=f"name {colour}", size=13, anchor="start")
        yield "</svg>"

    return "\n".join(parts()) + "\n"
