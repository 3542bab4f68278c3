"""Row 148: the program for aarch64, under qemu, does what the other one does. `make test-release` runs its unit tests as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.rig import INSTALLED, Rig
from release.bundles import unpacked


@pytest.fixture
def aarch64(released: Path, rig: Rig, tmp_path: Path) -> Rig:
    """The rig with this program installed."""
    [bundle] = released.glob("mirrorvip-*-linux-aarch64.tar.gz")
    rig.place.write(INSTALLED, (unpacked(bundle, tmp_path) / "mirrorvip").read_bytes(), 0o755)
    return rig


VERBS = {"status": "DIFFERS", "acquire": "OK", "check": "OK", "release": "OK"}


def test_148_it_moves_the_vip(aarch64: Rig) -> None:
    rig = aarch64
    for verb, kind in VERBS.items():
        run = rig.raw(["qemu-aarch64", *rig.argv(verb, "-v")], env=rig.environment())
        assert run.kind == kind, run.err
        if verb == "acquire":
            rig.is_here(ReplaceRoute=1)
    assert not rig.alias and rig.owners() == ["B"]
