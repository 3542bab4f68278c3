"""As many tables and routes as a VPC can have."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from world.memory import peak

from .rig import Rig, opened

TABLES, ROUTES = 200, 500
MOST_KB, MOST_STACK_KB = 3 * 1024, 96
# Some for each write, and one for each 64 kB of two listings.
LOOKS, MOST_LOOKS = "/run/looks", 1000


@pytest.fixture(scope="module")
def full() -> Iterator[Rig]:
    """A VPC at AWS's quotas."""
    with opened(tables=TABLES) as rig:
        others = {f"172.{16 + number // 256}.{number % 256}.0/24": rig.scene.a.eni for number in range(ROUTES - 2)}
        for table in rig.scene.tables:
            rig.region.add_routes(table, others)
        rig.region.mark()
        yield rig


def test_152_a_vpc_at_its_quotas(full: Rig) -> None:
    full.reset()
    assert {len(full.region.routes(table)) for table in full.scene.tables} == {ROUTES}
    run = full.run()
    assert run.kind == "OK", run.err
    full.is_here(ReplaceRoute=TABLES)
    # Two pages each time.
    assert full.region.log.count("DescribeRouteTables") == 4
    assert {len(full.region.routes(table)) for table in full.scene.tables} == {ROUTES}


def test_152_takes_no_more_memory_than_any_other(full: Rig) -> None:
    full.reset()
    most = peak(full.place, full.argv("acquire"), full.environment())
    assert most.status == 0
    full.is_here(ReplaceRoute=TABLES)
    assert most.resident_kb <= MOST_KB and most.stack_kb <= MOST_STACK_KB, most


@pytest.mark.parametrize("pause_s", [0, 1.5])
def test_152_a_long_reply_is_taken_in_few_looks(full: Rig, pause_s: float) -> None:
    """Each look costs; one that comes in pieces is gathered, and one that does not come is waited for, not looked for again and again."""
    full.reset()
    if pause_s:
        full.fault(match="DescribeRouteTables", drip_bytes=8_000_000, drip_s=pause_s, count=1)
    traced = ["strace", "-e", "trace=ppoll", "-e", "signal=none", "-o", LOOKS, *full.argv("acquire")]
    began = time.monotonic()
    run = full.end(full.place.start(traced, env=full.environment()), began)
    assert run.kind == "OK", run.err
    full.is_here(ReplaceRoute=TABLES)
    assert full.place.call(Path(LOOKS).read_text).count("ppoll(") < MOST_LOOKS
