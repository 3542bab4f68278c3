"""Each corpus, and a few thousand inputs made of it: what grammars/ and fuzz.c claim of every input holds, and no sanitizer objects."""

from __future__ import annotations

from pathlib import Path

import pytest

from . import corpus, fuzzers

RUNS = 4000


def test_each_grammar_has_a_harness_and_a_corpus() -> None:
    harnesses = sorted(path.stem for path in (corpus.HERE / "grammars").glob("*.c"))
    assert corpus.GRAMMARS == harnesses


def test_a_line_of_a_corpus_is_its_bytes() -> None:
    data = bytes(range(256)) + b"\\x41\\n"
    line = corpus.line_of(data)
    assert line.isprintable() and line.isascii() and corpus.data_of(line) == data


@pytest.mark.parametrize("grammar", corpus.GRAMMARS)
def test_inputs_near_the_corpus(grammar: str, tmp_path: Path) -> None:
    seeds = corpus.spread(grammar, tmp_path / "corpus")
    figures = fuzzers.libfuzzer(grammar, seeds, tmp_path, f"-runs={RUNS}", "-seed=8")
    assert figures.crashes == 0 and figures.executions >= RUNS and figures.edges > 20, figures.output[-3000:]
