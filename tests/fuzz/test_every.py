"""Every input up to a length, for the four scanners; `make test-long` goes further."""

from __future__ import annotations

import pytest

from .every import BEGINNINGS, LETTERS, QUICK, prove


@pytest.mark.parametrize("grammar", BEGINNINGS)
def test_every_input(grammar: str) -> None:
    behind = len(BEGINNINGS[grammar]) * sum(256**length for length in range(QUICK.any_bytes + 1))
    assert prove(grammar, QUICK) == behind + sum(len(LETTERS[grammar])**length for length in range(QUICK.letters + 1))
