"""release/systemd: units that systemd takes, as confined as they say, and that do their work when they are so confined.

No systemd runs here. What a unit asks of it is done by hand: the capabilities, no new privileges, a file system that can
be written at the places named only; and the system calls that a run makes are held against the unit's list.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from callers.program import ROOT, options
from faults.rig import CA_FILE, INSTALLED, Rig, opened

FOLDER = ROOT / "release" / "systemd"
SERVICES = sorted(path.name for path in FOLDER.glob("*.service"))
INSTANCE = "VI_1"
TIMERS = sorted(path.name for path in FOLDER.glob("*.timer"))

# What `systemd-analyze security` may find at most, of 10. Each service is root's, which counts for most of it.
EXPOSED = 2.0
SEES_PROCESSES = 0.1

# Makes every file system read-only but where the unit says, as ProtectSystem=strict does.
STRICT = """
for path; do
	test "$path" = -- && break
	mount --bind "$path" "$path"
done
while read -r _ at _; do
	case $at in /proc*|/sys*|/dev*) continue ;; esac
	for path; do
		test "$path" = -- && break
		test "$path" = "$at" && continue 2
	done
	mount -o remount,bind,ro "$at"
done </proc/self/mounts
while test "$1" != --; do shift; done
shift
exec "$@"
"""


def settings(name: str) -> dict[str, list[str]]:
    """Each setting's values, in their order."""
    found: dict[str, list[str]] = {}
    for line in (FOLDER / name).read_text().splitlines():
        if match := re.fullmatch(r"(\w+)=(.*)", line):
            found.setdefault(match[1], []).append(match[2])
    return found


def argv(name: str) -> list[str]:
    [line] = settings(name)["ExecStart"]
    return shlex.split(line.replace("%i", INSTANCE))


def confined(name: str, command: list[str]) -> list[str]:
    """The command as the unit has it run."""
    unit = settings(name)
    assert unit["ProtectSystem"] == ["strict"] and unit["NoNewPrivileges"] == ["yes"]
    writable = [path.lstrip("-") for value in unit.get("ReadWritePaths", []) for path in value.split()]
    kept = "".join(f",+{each.removeprefix('CAP_').lower()}" for value in unit["CapabilityBoundingSet"] for each in value.split())
    return ["unshare", "--mount", "sh", "-ec", STRICT, "sh", *writable, "--",
            "setpriv", f"--bounding-set=-all{kept}", "--inh-caps=-all", "--no-new-privs", *command]


@pytest.fixture
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with opened(tables=2, destination=getattr(request, "param", "overlay")) as rig:
        rig.place.write("/etc/mirrorvip.conf", f"vip = {rig.scene.vip}\nendpoint-url = https://localhost:{rig.api_port}\n"
                        f"ca-bundle = {CA_FILE}\nimds-endpoint = http://127.0.0.1:{rig.imds_port}\n", 0o600)
        yield rig


@contextmanager
def notified(rig: Rig) -> Iterator[None]:
    """A manager that has said MASTER and lives on."""
    manager = rig.place.start(["sh", "-c", f"{INSTALLED} notify INSTANCE {INSTANCE} MASTER 100; echo; read _"], env={}, stdin=subprocess.PIPE)
    assert manager.stdout and manager.stdout.readline()
    yield
    manager.communicate()


def prepare(rig: Rig, name: str) -> None:
    for line in settings(name).get("ExecStartPre", []):
        assert line.startswith("+"), "it makes what the command may not"
        rig.place.run(shlex.split(line[1:]), check=True)


# Their form.

def test_systemd_takes_them(rig: Rig) -> None:
    """Each by itself, without a word; what a unit of another package lacks on this machine is not ours."""
    for name in SERVICES + TIMERS:
        rig.place.write(f"/etc/systemd/system/{name}", (FOLDER / name).read_text())
    for name in SERVICES + TIMERS:
        done = rig.place.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", f"/etc/systemd/system/{name}"])
        assert done.returncode == 0 and name not in done.stderr, done.stderr
    rig.place.write("/etc/systemd/system/mirrorvip-check.service",
                    (FOLDER / "mirrorvip-check.service").read_text() + "ProtectEverything=yes\n")
    done = rig.place.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", "/etc/systemd/system/mirrorvip-check.service"])
    assert "ProtectEverything" in done.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_how_exposed_they_are(name: str) -> None:
    most = EXPOSED + (SEES_PROCESSES if "@" in name else 0)
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", f"--threshold={most * 10:.0f}", FOLDER / name],
                          capture_output=True, text=True)
    [exposed] = re.findall(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert done.returncode == 0 and float(exposed) <= most, done.stdout


def test_all_are_confined_alike() -> None:
    """But for what each needs: the confinement is written once for each unit, and stays the same."""
    common = [(FOLDER / name).read_text().partition("NoNewPrivileges=")[2].partition("\n\n")[0] for name in SERVICES]
    assert len(set(text.rstrip("\n") for text in common)) == 1


def test_a_timer_has_its_service() -> None:
    assert {name.replace(".timer", ".service") for name in TIMERS} <= set(SERVICES)
    for name in TIMERS:
        assert "RandomizedDelaySec" in settings(name) and settings(name)["WantedBy"] == ["timers.target"]


@pytest.mark.parametrize("name", SERVICES)
def test_it_runs_the_program_that_is_installed(name: str) -> None:
    program, verb, *more = argv(name)
    assert program == INSTALLED and (FOLDER / name).read_text().count("Documentation=man:mirrorvip(8)\n") == 1
    assert {word[2:] for word in more if word.startswith("--")} <= {option.name for option in options() if verb in option.verbs}


# Their work.

@pytest.mark.parametrize("rig", ["overlay", "overlay6"], indirect=True)
def test_follow(rig: Rig) -> None:
    """The service takes the alias down and puts it up, without any other right; it is ended by a signal."""
    name = "mirrorvip-follow.service"
    for up in (False, True):
        rig.send(*("B" if up else "A") * len(rig.scene.tables))
        if not up:
            rig.with_alias()
        prepare(rig, name)
        began = time.monotonic()
        child = rig.place.start(confined(name, argv(name)), env={})
        assert child.stderr
        said = child.stderr.readline()
        assert f"the alias was {'put up' if up else 'taken down'}" in said and rig.alias == up, said
        child.send_signal(signal.SIGTERM)
        run = rig.end(child, began)
        assert run.kind == "OK" and rig.alias == up, run.err


def test_acquire(rig: Rig) -> None:
    """It ends when the VIP is here, so that what comes after it finds it."""
    name = "mirrorvip-acquire.service"
    assert settings(name)["Type"] == ["oneshot"]
    prepare(rig, name)
    run = rig.raw(confined(name, argv(name)))
    assert run.kind == "OK", run.err
    rig.is_here(ReplaceRoute=2)


def test_notify(rig: Rig) -> None:
    """The service brings back what another host has written."""
    name = "mirrorvip-notify@.service"
    assert settings(name)["ProtectProc"][-1] == "default"
    with notified(rig):
        rig.is_here(ReplaceRoute=2)
        rig.send("A", "B")
        prepare(rig, name)
        began = time.monotonic()
        child = rig.place.start(confined(name, argv(name)), env={})
        assert child.stderr and "1 moved" in child.stderr.readline()
        child.send_signal(signal.SIGTERM)
        assert rig.end(child, began).kind == "OK"
        rig.is_here(ReplaceRoute=1)


def test_follow_shares_the_lock_of_another_user(rig: Rig) -> None:
    """As release/mirrorvip.tmpfiles has it: the folder is not root's, and root has no right but its group's."""
    name = "mirrorvip-follow.service"
    rig.place.run(["sh", "-ec", "mkdir -m 0770 /run/mirrorvip; : >/run/mirrorvip/lock; chmod 0660 /run/mirrorvip/lock; "
                   "chown -R nobody:root /run/mirrorvip; touch -d @0 /run/mirrorvip/lock"], check=True)
    rig.with_alias()
    prepare(rig, name)
    began = time.monotonic()
    child = rig.place.start(confined(name, argv(name)), env={})
    assert child.stderr and "the alias was taken down" in child.stderr.readline() and not rig.alias
    child.send_signal(signal.SIGTERM)
    assert rig.end(child, began).kind == "OK"
    assert rig.place.run(["stat", "-c", "%a %U", "/run/mirrorvip"]).stdout == "770 nobody\n"


def test_without_the_lock_s_folder_follow_would_not_work(rig: Rig) -> None:
    """What is done by hand here does confine: without the preparation there is nothing that can be written."""
    name = "mirrorvip-follow.service"
    rig.place.run(["mkdir", "/run/mirrorvip"], check=True)
    command = [word for word in confined(name, [*argv(name)[:2]]) if word != "/run/mirrorvip"]
    rig.with_alias()
    run = rig.raw(command)
    assert run.kind == "IFACE" and "without a lock" in run.text and rig.alias


def test_check(rig: Rig) -> None:
    name = "mirrorvip-check.service"
    prepare(rig, name)
    run = rig.raw(confined(name, argv(name)))
    assert run.kind == "OK" and "would be added" in run.out, run.out + run.err
    rig.nothing_was_written()


def allowed(name: str) -> set[str]:
    """The system calls that a unit allows: each line adds some or, after `~`, takes some away."""
    listed = subprocess.run(["systemd-analyze", "syscall-filter"], capture_output=True, text=True, check=True).stdout
    sets = {group[0]: group[1:] for text in listed.split("\n\n") if (group := re.findall(r"^ *([@\w-]+)$", text, re.MULTILINE))}

    def expand(name: str) -> set[str]:
        return {each for member in sets[name] for each in expand(member)} if name.startswith("@") else {name}
    found: set[str] = set()
    for line in settings(name)["SystemCallFilter"]:
        calls = {each for member in line.lstrip("~").split() for each in expand(member)}
        found = found - calls if line.startswith("~") else found | calls
    return found


def test_status(rig: Rig) -> None:
    """The metrics are there for whoever collects them, and that the VIP is elsewhere is no failure of the unit."""
    name, file = "mirrorvip-status.service", argv("mirrorvip-status.service")[-1]
    rig.place.run(["mount", "-t", "tmpfs", "tmpfs", "/var/lib"], check=True)
    rig.place.run(["install", "-d", "-m", "0755", os.path.dirname(file)], check=True)
    rig.with_alias()
    prepare(rig, name)
    run = rig.raw(confined(name, argv(name)))
    assert run.kind == "DIFFERS" and settings(name)["SuccessExitStatus"] == [str(run.status)], run.err
    assert "mirrorvip_" in rig.place.call(Path(file).read_text)
    assert rig.place.run(["stat", "-c", "%a %U", file]).stdout == "644 root\n"


@pytest.mark.parametrize("rig", ["overlay", "overlay6"], indirect=True)
@pytest.mark.parametrize("name", SERVICES)
def test_the_system_calls_that_it_makes_are_allowed(rig: Rig, name: str) -> None:
    """With and without an alias to change; the program's own sandbox and the families of its sockets included."""
    prepare(rig, name)
    made: set[str] = set()
    families: set[str] = set()
    for up in (False, True):
        if up and not rig.alias:
            rig.with_alias()
        with notified(rig) if "@" in name else nullcontext():
            rig.place.run(["strace", "-f", "-qq", "-o", "/run/calls", *[word for word in argv(name) if word not in ("--every", "10")]], env={})
        calls = rig.place.call(Path("/run/calls").read_text)
        made |= set(re.findall(r"^\d+ +(\w+)\(", calls, re.MULTILINE))
        families |= set(re.findall(r" socket\((\w+),", calls))
    assert {"connect", "sendto", "landlock_restrict_self", "capset"} <= made <= allowed(name), made - allowed(name)
    assert {"AF_INET"} <= families <= set(settings(name)["RestrictAddressFamilies"][0].split())
