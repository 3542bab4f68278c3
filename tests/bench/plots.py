"""The recorded figures as pictures, in SVG: text as text, and colours for a light ground and a dark one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from pathlib import Path

from . import limit
from .cases import LATENCIES_MS, PLAIN
from .outage import LATENCY_MS, TABLES
from .page import seconds
from .programs import PROGRAMS
from .record import Case, Record

Point = tuple[float, float]

STYLE = """
svg { font-family: "Segoe UI", "Helvetica Neue", Helvetica, Arial, "DejaVu Sans", sans-serif; font-size: 12px }
.ground { fill: #ffffff; stroke: #c4ccd4 } text { fill: #1c2730 } .small { font-size: 11px; fill: #4a5763 }
.grid { stroke: #dde3e8; fill: none } .axis { stroke: #7a8794; fill: none } .line { fill: none; stroke-width: 2 }
.head { font-weight: 600; text-anchor: middle } .middle { text-anchor: middle } .right { text-anchor: end }
.c0 { stroke: #0b6bcb; fill: #0b6bcb } .c1 { stroke: #b45309; fill: #b45309 } .c2 { stroke: #a3268c; fill: #a3268c }
.c3 { stroke: #5b6670; fill: #5b6670 } .c4 { stroke: #1c2730; fill: #1c2730; stroke-dasharray: 2 3 }
@media (prefers-color-scheme: dark) {
.ground { fill: #0f151b; stroke: #38434e } text { fill: #e8edf2 } .small { fill: #b3bec9 } .grid { stroke: #26303a } .axis { stroke: #7b8894 }
.c0 { stroke: #58a6ff; fill: #58a6ff } .c1 { stroke: #f0a050; fill: #f0a050 } .c2 { stroke: #e07fd0; fill: #e07fd0 }
.c3 { stroke: #a9b4bf; fill: #a9b4bf } .c4 { stroke: #e8edf2; fill: #e8edf2 } }
"""
COLOURS = {name: f"c{at}" for at, name in enumerate([*(program.name for program in PROGRAMS), "limit"])}


def _svg(width: int, height: int, title: str, parts: Sequence[str]) -> str:
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-labelledby="title">\n'
            f'<title id="title">{escape(title)}</title>\n<style>{STYLE}</style>\n'
            f'<rect class="ground" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8"/>\n' + "\n".join(parts) + "\n</svg>\n")


def _text(x: float, y: float, text: str, kind: str = "") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


@dataclass(frozen=True)
class Axes:
    """A frame whose two axes are logarithmic: x from `x_from` to `x_to`, y in whole decades."""

    left: float
    top: float
    width: float
    height: float
    x_span: Point
    y_span: Point

    def x(self, value: float) -> float:
        return self.left + self.width * _share(value, self.x_span)

    def y(self, value: float) -> float:
        return self.top + self.height * (1 - _share(value, self.y_span))

    def frame(self, title: str, x_ticks: Sequence[float], label: Callable[[float], str] | None) -> Iterator[str]:
        bottom, right = self.top + self.height, self.left + self.width
        yield _text(self.left + self.width / 2, self.top - 10, title, "head")
        for decade in range(round(log10(self.y_span[0])), round(log10(self.y_span[1])) + 1):
            y = self.y(10.0 ** decade)
            yield f'<path class="grid" d="M{self.left:.1f} {y:.1f}H{right:.1f}"/>'
            if label:
                yield _text(self.left - 6, y + 4, label(10.0 ** decade), "small right")
        for tick in x_ticks:
            yield f'<path class="grid" d="M{self.x(tick):.1f} {self.top:.1f}V{bottom:.1f}"/>'
            yield _text(self.x(tick), bottom + 15, f"{tick:g}", "small middle")
        yield f'<path class="axis" d="M{self.left:.1f} {self.top:.1f}V{bottom:.1f}H{right:.1f}"/>'

    def line(self, name: str, points: Sequence[Point]) -> Iterator[str]:
        path = "L".join(f"{self.x(x):.1f} {self.y(y):.1f}" for x, y in points)
        yield f'<path class="line {COLOURS[name]}" style="fill:none" d="M{path}"/>'
        if name != "limit":
            yield from (f'<circle class="{COLOURS[name]}" cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="2.5"/>' for x, y in points)


def _share(value: float, span: Point) -> float:
    return (log10(value) - log10(span[0])) / (log10(span[1]) - log10(span[0]))


def _decades(values: Sequence[float]) -> Point:
    return 10.0 ** floor(log10(min(values))), 10.0 ** ceil(log10(max(values)))


def _key(x: float, y: float, names: Sequence[str]) -> Iterator[str]:
    for name in names:
        yield f'<path class="line {COLOURS[name]}" d="M{x:.1f} {y:.1f}h22"/>'
        yield _text(x + 28, y + 4, name, "small")
        x += 44 + 6.2 * len(name)


def _label(value_s: float) -> str:
    return f"{value_s:g} s" if value_s >= 1 else f"{value_s * 1000:g} ms"


def _times(record: Record, late_ms: int) -> dict[str, list[Point]]:
    """When the last route was set, by program."""
    cases = [case for case in PLAIN if case.latency_ms == late_ms]
    times = {program.name: [(case.tables, each.last_write_s) for case in cases if (each := record.figures(program.name, case))] for program in PROGRAMS}
    return times | {"limit": [(case.tables, limit.last_write_s(record.limit(case), case)) for case in cases]}


def time(record: Record) -> str:
    panels = {late_ms: _times(record, late_ms) for late_ms in LATENCIES_MS}
    span = _decades([y for lines in panels.values() for points in lines.values() for _, y in points])
    parts: list[str] = []
    for at, (late_ms, lines) in enumerate(panels.items()):
        axes = Axes(62 + at * 276, 40, 246, 240, (0.9, 230), span)
        parts += axes.frame(f"answers {late_ms} ms late" if late_ms else "answers at once", sorted({case.tables for case in PLAIN}), None if at else _label)
        for name, points in lines.items():
            parts += axes.line(name, points)
    parts += _key(170, 322, list(COLOURS))
    return _svg(880, 340, "Time to the last route, against the number of route tables", parts)


def memory(record: Record) -> str:
    tables = sorted({case.tables for case in PLAIN})
    lines = {program.name: [(each, record.peak_kb(program.name, Case(each, 0)) / 1024) for each in tables] for program in PROGRAMS if not program.processes}
    axes = Axes(62, 40, 470, 200, (0.9, 230), _decades([y for points in lines.values() for _, y in points]))
    parts = [*axes.frame("most memory at once, against the number of route tables", tables, lambda mb: f"{mb:g} MB")]
    for name, points in lines.items():
        parts += axes.line(name, points)
    parts += _key(150, 282, list(lines))
    return _svg(560, 300, "Most memory at once, against the number of route tables", parts)


def outage(record: Record) -> str:
    outages_s = {name: each / 1000 for name, each in record.outages_ms().items()}
    parts = [_text(280, 26, f"a client without an answer, {TABLES} tables, {LATENCY_MS} ms", "head")]
    for at, (name, outage_s) in enumerate(outages_s.items()):
        y, width = 44 + at * 30, 330 * outage_s / max(outages_s.values())
        parts += [_text(130, y + 14, name, "right"), f'<rect class="{COLOURS[name]}" x="140" y="{y}" width="{width:.1f}" height="20"/>',
                  _text(148 + width, y + 14, seconds(outage_s))]
    return _svg(560, 60 + 30 * len(outages_s), "How long a client is without an answer", parts)


def draw(folder: Path, record: Record) -> None:
    for each in (time, memory, outage):
        (folder / f"{each.__name__}.svg").write_text(each(record))
