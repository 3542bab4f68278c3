"""The corpora: of each grammar a file with an input a line, its bytes as Python would write them between quotes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).parent
FOLDER = HERE / "corpus"
GRAMMARS = sorted(path.name for path in FOLDER.iterdir())
MOST_BYTES = 4000  # of a corpus's file: what is found beyond that is found again

_SHORT = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def line_of(data: bytes) -> str:
    return re.sub(r"[^ -\[\]-~]", lambda byte: _SHORT.get(byte[0], f"\\x{ord(byte[0]):02x}"), data.decode("latin-1"))


def data_of(line: str) -> bytes:
    return line.encode("ascii").decode("unicode_escape").encode("latin-1")


def inputs(grammar: str) -> list[bytes]:
    return [data_of(line) for line in (FOLDER / grammar).read_text().splitlines()]


def spread(grammar: str, folder: Path) -> Path:
    """As the fuzzers have it: a file for each input."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(inputs(grammar)):
        (folder / f"ours-{number:03}").write_bytes(data)
    return folder


def add(grammar: str, found: Iterable[bytes]) -> None:
    """Behind what is there, the shortest first, as long as there is room."""
    lines = (FOLDER / grammar).read_text().splitlines()
    for line in sorted(map(line_of, found), key=len):
        if line not in lines and sum(map(len, lines)) + len(line) <= MOST_BYTES:
            lines.append(line)
    (FOLDER / grammar).write_text("".join(f"{line}\n" for line in lines))
