"""Try every input up to a length, then fuzz every grammar for so many minutes of a core in all, half of them with each fuzzer; and write
down in tests/PROOF.md what came of it. As many grammars at once as there are cores.

What was found before is where it starts from. One crash, and the status is 1; the inputs that crash are in build/fuzz/crashes.
"""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from . import corpus, every, fuzzers
from .corpus import GRAMMARS
from .fuzzers import BUILD, Figures

PROOF = corpus.HERE.parent / "PROOF.md"
PROVED = """\
| scanner | every input of any bytes, behind each of so many beginnings | every input of the grammar's own bytes | inputs | seconds |
|---|---|---|---|---|
"""
BEGIN, END = "<!-- fuzzing: written by `make test-long` -->\n", "<!-- end -->"


def fuzz(grammar: str, seconds: float) -> list[Figures]:
    found, work = BUILD / "fuzz" / "found" / grammar, BUILD / "fuzz" / "crashes" / grammar
    corpus.spread(grammar, found)
    figures = [fuzzers.libfuzzer(grammar, found, work, f"-max_total_time={max(1, round(seconds / 2))}"),
               fuzzers.aflplusplus(grammar, found, work / "afl", seconds / 2)]
    corpus.add(grammar, fuzzers.minimal(grammar, found, work / "minimal"))
    for each in figures:
        print(f"{each.grammar:12} {each.fuzzer:10} {each.cpu_s:7.0f} s {each.executions:12,} inputs {each.edges:6,} edges {each.crashes} crashes", flush=True)
    return figures


def table(figures: list[Figures]) -> str:
    hours = sum(each.cpu_s for each in figures) / 3600
    lines = [f"Last written on {date.today()}: {hours:.1f} CPU hours, {sum(each.executions for each in figures):,} inputs, "
             f"{sum(each.crashes for each in figures)} crashes. Edges are those of the instrumented program that inputs took; the two",
             "fuzzers count them differently.", "",
             "| grammar | fuzzer | CPU minutes | inputs | edges | crashes |", "|---|---|---|---|---|---|"]
    lines += [f"| {each.grammar} | {each.fuzzer} | {each.cpu_s / 60:.1f} | {each.executions:,} | {each.edges:,} | {each.crashes} |" for each in figures]
    return "".join(f"{line}\n" for line in lines)


def prove(grammar: str) -> str:
    """Every input up to the larger bounds, or an error."""
    start = time.monotonic()
    count = every.prove(grammar, every.LONG)
    line = (f"| {grammar} | up to {every.LONG.any_bytes}, behind {len(every.BEGINNINGS[grammar])} | up to {every.LONG.letters} of {len(every.LETTERS[grammar])} | "
            f"{count:,} | {time.monotonic() - start:.0f} |")
    print(line, flush=True)
    return f"{line}\n"


def write(text: str) -> None:
    before, _, rest = PROOF.read_text().partition(BEGIN)
    PROOF.write_text(f"{before}{BEGIN}{text}{END}{rest.partition(END)[2]}")


def main(minutes: str) -> int:
    seconds = float(minutes) * 60 / len(GRAMMARS)
    with ThreadPoolExecutor(os.cpu_count()) as cores:
        proved = "".join(cores.map(prove, every.BEGINNINGS))
        figures = [each for both in cores.map(lambda grammar: fuzz(grammar, seconds), GRAMMARS) for each in both]
    write(f"{PROVED}{proved}\n{table(figures)}")
    return int(any(each.crashes for each in figures))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
