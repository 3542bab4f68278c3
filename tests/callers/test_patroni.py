"""`mirrorvip notify` as Patroni calls it: by Patroni's own callback executor."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable, Iterator

import pytest

from callers.program import ROOT
from faults.rig import CA_FILE, Rig
from world.until import comes_to

SAMPLE = ROOT / "release" / "patroni" / "patroni.yml"
CLUSTER = "main"


def callbacks() -> dict[str, list[str]]:
    """The sample's commands, split as Patroni splits them."""
    found = re.findall(r"^    (on_\w+): (.+)$", SAMPLE.read_text(), re.MULTILINE)
    return {action: shlex.split(command) for action, command in found}


# Has Patroni's own class run what its lines name. Patroni waits for the children of a callback that it has killed; here nobody
# buries orphans, so it does that itself, as it does where it is a container's first process.
EXECUTOR = """
import ctypes
import sys
from patroni.postgresql.callback_executor import CallbackAction, CallbackExecutor
PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
executor = CallbackExecutor()
for line in sys.stdin:
    *command, action, role, cluster = line.split()
    executor.call([*command, CallbackAction(action), role, cluster])
"""


@pytest.fixture
def patroni(three: Rig) -> Iterator[Callable[[str, str], None]]:
    """Patroni's executor, on the rig's host; it takes an action and a role, and nobody waits for it."""
    three.place.write("/etc/mirrorvip.conf", f"vip = {three.vip}\nendpoint-url = https://localhost:{three.api_port}\nca-bundle = {CA_FILE}\n"
                                             f"imds-endpoint = http://127.0.0.1:{three.imds_port}\n")
    executor = three.place.start(["/usr/bin/python3", "-c", EXECUTOR], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=1)

    def call(action: str, role: str) -> None:
        assert executor.stdin and executor.poll() is None
        executor.stdin.write(f"{' '.join(callbacks()[action])} {action} {role} {CLUSTER}\n")
    yield call
    executor.kill()
    executor.communicate()


def is_here(rig: Rig) -> bool:
    return rig.owners() == ["B"] * 3 and rig.alias


def is_away(rig: Rig) -> bool:
    return rig.addresses() == rig.own


def test_the_sample_has_the_actions_that_there_are() -> None:
    assert sorted(callbacks()) == ["on_role_change", "on_start", "on_stop"]
    assert {" ".join(command) for command in callbacks().values()} == {"/usr/local/sbin/mirrorvip notify"}


def test_a_life(three: Rig, patroni: Callable[[str, str], None]) -> None:
    """A replica that is promoted, demoted, promoted once more, and stops."""
    patroni("on_start", "replica")
    assert comes_to(lambda: is_away(three) and not three.writes())
    for action, role, holds in (("on_role_change", "master", is_here), ("on_role_change", "replica", is_away),
                                ("on_role_change", "primary", is_here), ("on_stop", "primary", is_away)):
        patroni(action, role)
        assert comes_to(lambda: holds(three)), (action, role)
    three.hold_region_to_the_rules()
    assert three.writes() == {"ReplaceRoute": 3}


def test_it_is_killed_for_the_next(three: Rig, patroni: Callable[[str, str], None]) -> None:
    """As Patroni does with a callback that still runs, wherever that is: the next one finds the lock free."""
    for match in ("DescribeRouteTables", "ReplaceRoute"):
        gate = three.gate(match)
        patroni("on_role_change", "master")
        gate.wait()
        patroni("on_role_change", "replica")
        assert comes_to(lambda: is_away(three))
        gate.open()
    patroni("on_role_change", "master")
    assert comes_to(lambda: is_here(three))
    three.hold_region_to_the_rules()
