"""Runs both in turn against one region, prints the medians beside the project's bars, and records them.

The status is 0 only if every bar is met. `python3 -m bench --help` lists the options.
"""

from __future__ import annotations

from world.interrupt import end_with_one_line

if __name__ == "__main__":
    end_with_one_line("bench")

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import peers
from world import BINARY, machine
from world.place import Unable
from world.world import needs

from .stage import Failed, Run, Stage

HERE = Path(__file__).parent
RESULTS, README = HERE / "RESULTS.md", HERE.parents[1] / "README.md"
MIRRORVIP = [str(BINARY), "acquire"]
SCRIPT = list(peers.SCRIPT.argv)

# Route tables of the VPC, and what EC2's answers are late by.
CASES = ((1, 0), (20, 30), (100, 0), (100, 30))

RATIO_BARS = {(1, 0): 25, (20, 30): 8}
MEMORY_BAR_KB, MEMORY_TABLES = 4096, 100
BINARY_BAR = 400_000

# Of the printed table's columns.
WIDTHS = (6, 7, 9, 9, 9, 9, 8, 11, 15)


@dataclass(frozen=True)
class Figures:
    """Of one program in one case: medians, but for the memory, which hardly varies."""

    wall_s: float
    cpu_s: float
    peak_kb: int
    requests: float
    connections: float
    longest_gap_s: float


Case = tuple[int, int]
Results = dict[Case, tuple[Figures, Figures]]


def figures(runs: list[Run], peak_kb: int) -> Figures:
    return Figures(median(run.wall_s for run in runs), median(run.cpu_s for run in runs), peak_kb,
                   median(run.requests for run in runs), median(run.connections for run in runs),
                   median(run.longest_gap_s for run in runs))


def measure(case: Case, count: int) -> tuple[Figures, Figures]:
    """mirrorvip and the script in turn, each from the same start. First a run of each for its memory, which also warms
    the page cache and the region."""
    with Stage(*case) as stage:
        peaks = stage.peak_kb(MIRRORVIP), stage.peak_kb(SCRIPT)
        pairs = [(stage.run(MIRRORVIP), stage.run(SCRIPT)) for _ in range(count)]
    ours, theirs = (figures([pair[side] for pair in pairs], peaks[side]) for side in (0, 1))
    return ours, theirs


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 0.1 else f"{seconds * 1000:.0f} ms"


def memory(kb: float) -> str:
    return f"{kb / 1024:.1f} MB"


def row(cells: list[str]) -> str:
    return "| " + " | ".join(cell.rjust(width) for cell, width in zip(cells, WIDTHS, strict=True)) + " |"


def cells(name: str, each: Figures) -> list[str]:
    return [name, ms(each.wall_s), ms(each.cpu_s), memory(each.peak_kb), f"{each.requests:.0f}",
            f"{each.connections:.0f}", ms(each.longest_gap_s) if each.longest_gap_s else "0"]


def ratios(ours: Figures, theirs: Figures) -> list[str]:
    pairs = ((ours.wall_s, theirs.wall_s), (ours.cpu_s, theirs.cpu_s), (ours.peak_kb, theirs.peak_kb))
    return ["ratio", *(f"1/{theirs / ours:.0f}" for ours, theirs in pairs), "", "", ""]


def table(results: Results) -> Iterator[str]:
    yield row(["tables", "latency", "", "wall", "CPU", "memory", "requests", "connections", "without a route"])
    yield row(["-" * (width - 1) + ":" for width in WIDTHS])
    for (tables, latency_ms), (ours, theirs) in results.items():
        yield row([str(tables), f"{latency_ms} ms", *cells("mirrorvip", ours)])
        yield row(["", "", *cells("script", theirs)])
        yield row(["", "", *ratios(ours, theirs)])


def with_table(page: str, results: Results) -> str:
    """The page with these results in place of those in its table."""
    return re.sub(r"(?m)^\| tables \|.*\n(\|.*\n)+", lambda _: "".join(f"{line}\n" for line in table(results)), page)


def bars(results: Results) -> Iterator[tuple[str, bool]]:
    for case, bar in RATIO_BARS.items():
        ours, theirs = results[case]
        reached = theirs.wall_s / ours.wall_s
        yield f"{case[0]} table{'s' if case[0] > 1 else ''}, {case[1]} ms: wall time at most 1/{bar} of the script's: 1/{reached:.0f}", reached >= bar
    worst_kb = max(ours.peak_kb for (tables, _), (ours, _) in results.items() if tables == MEMORY_TABLES)
    yield f"{MEMORY_TABLES} tables: memory at most {memory(MEMORY_BAR_KB)}: {memory(worst_kb)}", worst_kb <= MEMORY_BAR_KB
    longest_gap_s = max(ours.longest_gap_s for ours, _ in results.values())
    yield f"time without a route: 0: {ms(longest_gap_s) if longest_gap_s else '0'}", longest_gap_s == 0
    size = BINARY.stat().st_size
    yield f"binary at most {BINARY_BAR // 1000} kB: {size / 1000:.0f} kB", size <= BINARY_BAR


def text(results: Results, count: int) -> str:
    marks = "\n".join(f"- {'met' if met else 'NOT MET'}: {what}" for what, met in bars(results))
    return f"""{machine.conditions()}; medians of {count} runs in turn.

{chr(10).join(table(results))}

{marks}
"""


RECORD = """# mirrorvip and the script that it replaces

Written by `make bench`. Host B takes the VIP over from host A, in every route table of the VPC. Both programs run in
one namespace, against one region in another process there, over TLS, and find everything out by themselves: who the
host is, credentials, tables. "Latency" is added to every answer of EC2. Nothing here is throttled; AWS throttles
beyond 50 writes at once, whoever makes them.

The script is `tests/peers/script.py`: our rendition of the published boto3 script, on Debian's boto3. "Memory" is
the most that was resident at once in the program's process, from a run of its own. "Without a route" is the longest
that a table had no route to the VIP. The requests are EC2's.

"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="of each program in each case; default: 5")
    parser.add_argument("--record", type=Path, default=RESULTS, metavar="FILE",
                        help="default: %(default)s, and the table in README.md")
    options = parser.parse_args()
    if lack := needs() or (None if BINARY.exists() else "it needs build/mirrorvip: run make"):
        parser.error(lack)
    results: Results = {}
    try:
        for case in CASES:
            print(f"N = {case[0]}, {case[1]} ms ...", file=sys.stderr, flush=True)
            results[case] = measure(case, max(1, options.runs))
    except (Failed, Unable) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    said = text(results, max(1, options.runs))
    print(said, end="")
    options.record.write_text(RECORD + said)
    if options.record == RESULTS:
        README.write_text(with_table(README.read_text(), results))
    return 0 if all(met for _, met in bars(results)) else 1


if __name__ == "__main__":
    sys.exit(main())
