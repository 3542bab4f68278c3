"""Try every input up to a length, then fuzz every grammar for so many minutes in all, half of them with each fuzzer; and write down in
tests/PROOF.md what came of it.

What was found before is where it starts from. One crash, and the status is 1; the inputs that crash are in build/fuzz/crashes.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from datetime import date

from . import corpus, every, fuzzers
from .corpus import GRAMMARS
from .fuzzers import BUILD, Figures

PROOF = corpus.HERE.parent / "PROOF.md"
BEGIN, END = "<!-- fuzzing: written by `make test-long` -->\n", "<!-- end -->"


def fuzz(grammar: str, seconds: float) -> Iterable[Figures]:
    found, work = BUILD / "fuzz" / "found" / grammar, BUILD / "fuzz" / "crashes" / grammar
    corpus.spread(grammar, found)
    yield fuzzers.libfuzzer(grammar, found, work, f"-max_total_time={max(1, round(seconds / 2))}")
    yield fuzzers.aflplusplus(grammar, found, work / "afl", seconds / 2)
    corpus.add(grammar, fuzzers.minimal(grammar, found, work / "minimal"))


def table(figures: list[Figures]) -> str:
    hours = sum(each.cpu_s for each in figures) / 3600
    lines = [f"Last written on {date.today()}: {hours:.1f} CPU hours, {sum(each.executions for each in figures):,} inputs, "
             f"{sum(each.crashes for each in figures)} crashes. Edges are those of the instrumented program that inputs took; the two",
             "fuzzers count them differently.", "",
             "| grammar | fuzzer | CPU minutes | inputs | edges | crashes |", "|---|---|---|---|---|---|"]
    lines += [f"| {each.grammar} | {each.fuzzer} | {each.cpu_s / 60:.1f} | {each.executions:,} | {each.edges:,} | {each.crashes} |" for each in figures]
    return "".join(f"{line}\n" for line in lines)


def prove() -> str:
    """Every input up to the larger bounds, or an error."""
    lines = ["| scanner | every input of any bytes, behind each of so many beginnings | every input of the grammar's own bytes | inputs | seconds |",
             "|---|---|---|---|---|"]
    for grammar, beginnings in every.BEGINNINGS.items():
        start = time.monotonic()
        count = every.prove(grammar, every.LONG)
        lines.append(f"| {grammar} | up to {every.LONG.any_bytes}, behind {len(beginnings)} | up to {every.LONG.letters} of {len(every.LETTERS[grammar])} | "
                     f"{count:,} | {time.monotonic() - start:.0f} |")
        print(lines[-1], flush=True)
    return "".join(f"{line}\n" for line in lines)


def write(text: str) -> None:
    before, _, rest = PROOF.read_text().partition(BEGIN)
    PROOF.write_text(f"{before}{BEGIN}{text}{END}{rest.partition(END)[2]}")


def main(minutes: str) -> int:
    figures: list[Figures] = []
    proved = prove()
    for grammar in GRAMMARS:
        for each in fuzz(grammar, float(minutes) * 60 / len(GRAMMARS)):
            figures.append(each)
            print(f"{each.grammar:12} {each.fuzzer:10} {each.cpu_s:7.0f} s {each.executions:12,} inputs {each.edges:6,} edges {each.crashes} crashes",
                  flush=True)
    write(f"{proved}\n{table(figures)}")
    return int(any(each.crashes for each in figures))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
