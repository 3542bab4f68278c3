"""A run that nothing disturbs: what it asks for, over how many connections, and what it leaves."""

from __future__ import annotations

from .rig import Rig


def test_it_moves_the_vip(rig: Rig) -> None:
    run = rig.run()
    assert run.kind == "OK" and run.out == ""
    rig.is_here(ReplaceRoute=1)
    rig.recovers()
