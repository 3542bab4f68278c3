"""How large the program is: `make size`. Its parts as it is linked, and the most that it takes when there is most to do.

Nothing of it is on a heap, so the memory is a link-time fact but for the stack, which is measured: a page that was ever
touched is counted. To compute it from the calls would be to guess, since BearSSL calls through tables of functions.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from world import BINARY
from world.place import Unable
from world.world import needs

from .cases import HEAVY
from .programs import MIRRORVIP, Program
from .stage import Stage

# What each verb ends with where the VIP is at the other host, and the source/destination check is off.
RUNS = {"acquire -v": 0, "acquire --dry-run -v": 1, "status": 1, "status --json": 1, "policy": 0, "check -v": 0, "help": 0}


def _of_verb(words: str) -> Program:
    return replace(MIRRORVIP, argv=lambda stage: [str(BINARY), *words.split()])


def parts() -> Iterator[str]:
    said = subprocess.run(["size", str(BINARY)], capture_output=True, text=True, check=True).stdout.splitlines()
    for name, count in list(zip(said[0].split(), said[1].split()))[:3]:
        yield f"{name:<22} {int(count):>10,} bytes"
    yield f"{'file':<22} {BINARY.stat().st_size:>10,} bytes"


def most() -> Iterator[str]:
    yield f"{HEAVY.tables} tables of {HEAVY.routes} routes    resident    stack, at most"
    with Stage(HEAVY.tables, HEAVY.routes) as stage:
        for words, status in RUNS.items():
            peak = stage.peak(_of_verb(words))
            if peak.status != status:
                raise Unable(f"mirrorvip {words} ended with status {peak.status} instead of {status}")
            yield f"{words:<22} {peak.resident_kb:>10,} kB {peak.stack_kb:>5} kB"


def main() -> int:
    if lack := needs() or (None if BINARY.exists() else "it needs build/mirrorvip: run make"):
        print(f"size: {lack}", file=sys.stderr)
        return 2
    try:
        for line in chain(parts(), [""], most()):
            print(line, flush=True)
    except Unable as error:
        print(f"size: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
