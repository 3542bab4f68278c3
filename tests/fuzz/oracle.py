"""The program's readers beside others: many inputs, made anew in the same way in each run, and what the program tells of each."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from . import corpus
from .fuzzers import BUILD, MOST_BYTES

TELL = BUILD / "tell"


@dataclass(frozen=True)
class Told:
    data: bytes
    taken: bool
    meaning: bytes
    """In the grammar itself, or why it is refused."""

    @property
    def why(self) -> str:
        """Without the kind of error before it and the cure behind it."""
        return self.meaning.decode().partition(": ")[2].partition(";")[0]


def told(grammar: str, inputs: Iterable[bytes]) -> list[Told]:
    every = [data for data in inputs if len(data) <= MOST_BYTES]
    asked = "".join(f"{grammar} {data.hex()}\n" for data in every)
    done = subprocess.run([TELL], input=asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answers = [line.split(" ") for line in done.stdout.splitlines()]
    assert len(answers) == len(every)
    return [Told(data, word == "taken", bytes.fromhex(meaning)) for data, (word, meaning) in zip(every, answers)]


def mutated(grammar: str, count: int, more: Iterable[bytes] = ()) -> Iterator[bytes]:
    """Inputs of the corpus, and `more`, each with a few bytes changed, taken out or put in, many of them parts of others."""
    chance = random.Random(grammar)
    seeds = corpus.inputs(grammar) + list(more)
    yield from seeds
    for _ in range(count):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 3)):
            at, out = chance.randint(0, len(data)), chance.choice((0, 0, 1, 1, 2, 8))
            other = chance.choice(seeds)
            begin = chance.randint(0, len(other))
            data[at:at + out] = chance.choice((b"", bytes([chance.randrange(256)]), bytes([chance.choice(data or b"x")]),
                                               other[begin:begin + chance.randint(0, 12)]))
        yield bytes(data)
