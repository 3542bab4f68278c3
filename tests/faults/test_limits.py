"""Resource limits that the caller has set: a run goes well under them, or says what it lacks."""

from __future__ import annotations

import os
import resource
import signal

import pytest

from .rig import Rig


def test_111_a_crash_leaves_no_core(rig: Rig) -> None:
    gate = rig.gate("DescribeRouteTables")
    child = rig.start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2))
    gate.wait()
    os.kill(child.pid, signal.SIGSEGV)
    end = os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    # Not CLD_DUMPED.
    assert end and end.si_code == os.CLD_KILLED and child.wait(5) == -signal.SIGSEGV
    rig.nothing_was_written()
    rig.recovers()


@pytest.mark.parametrize(("limit", "value", "kind"), [
    ("AS", 16 << 20, "OK"), ("STACK", 64 << 10, "OK"), ("MEMLOCK", 0, "OK"), ("NOFILE", 3, "USAGE")])
def test_112_a_limit(rig: Rig, limit: str, value: int, kind: str) -> None:
    def lower() -> None:
        resource.setrlimit(getattr(resource, f"RLIMIT_{limit}"), (value, value))
    run = rig.run(preexec_fn=lower)
    assert run.kind == kind, run.err
    if kind == "OK":
        rig.is_here(ReplaceRoute=1)
    else:
        assert "No file descriptors available" in run.text
        rig.nothing_was_attempted()
        rig.recovers()
