"""status: what it shows is what the region holds, in every form, on every screen, and as it moves."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import termios
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from faults.process import children
from faults.rig import CA_FILE, INSTALLED, NOWHERE, STATUS, Rig, Run, in_thread, opened
from world.until import wait_until

ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
METRICS = "/run/metrics/mirrorvip.prom"


@pytest.fixture(scope="module")
def many() -> Iterator[Rig]:
    with opened(tables=200) as rig:
        yield rig


def of_all_states(rig: Rig) -> dict[str, tuple[str | None, str, bool]]:
    """A table for each thing that one can say: by its name, its target, what it says, and whether it is left alone."""
    region, scene = rig.region, rig.scene
    there = scene.a.eni
    edge = region.add_route_table(scene.vpc, "edge", gateway="igw-0123456789abcdef0")
    names = ("nowhere", "dead", "propagated", "gateway")
    nowhere, dead, propagated, gateway = (region.add_route_table(scene.vpc, name) for name in names)
    region.set_route(scene.tables[0], scene.destination, scene.b.eni)
    region.set_route(dead, scene.destination, there, state="blackhole")
    region.set_route(propagated, scene.destination, "vgw-0123456789abcdef0", origin="EnableVgwRoutePropagation")
    region.set_route(gateway, scene.destination, "tgw-0123456789abcdef0")
    region.log.clear()
    assert edge in region.tables and nowhere in region.tables
    return {"app-0": (scene.b.eni, "here", False), "app-1": (there, "elsewhere", False), "app-2": (there, "elsewhere", False),
            "edge": (None, "edge", True), "nowhere": (None, "nowhere", False), "dead": (there, "blackhole", False),
            "propagated": ("vgw-0123456789abcdef0", "propagated", False), "gateway": ("tgw-0123456789abcdef0", "elsewhere", False)}


def rows(out: str) -> dict[str, list[str]]:
    """The lines of the table, by the table's id."""
    return {line.split()[0]: re.split(r"  +", line) for line in out.splitlines() if line.startswith("rtb-")}


def metrics(text: str) -> dict[tuple[str, ...], float]:
    """Each sample by its name and the values of its labels, of a page that says what each is."""
    found: dict[tuple[str, ...], float] = {}
    assert text.endswith("\n")
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge" and family.documentation.endswith(".") and re.fullmatch(r"mirrorvip_[a-z_]+", family.name)
        assert not family.name.endswith(("_total", "_count", "_sum", "_bucket"))
        for sample in family.samples:
            key = (sample.name.removeprefix("mirrorvip_"), *sample.labels.values())
            assert sample.name == family.name and key not in found
            found[key] = sample.value
    lines = text.splitlines()
    assert sum(line.startswith("# TYPE") for line in lines) == sum(line.startswith("# HELP") for line in lines)
    return found


def call(monkeypatch: pytest.MonkeyPatch, rig: Rig, names: dict[str, str]) -> None:
    """Give tables another name, in what is told of them from now on."""
    for table, name in names.items():
        monkeypatch.setitem(rig.region.tables[table].tags, "Name", name)
        rig.region.set_route(table, rig.scene.destination, rig.scene.a.eni)
    rig.region.log.clear()


# What it says.

def test_every_state_in_every_form(three: Rig) -> None:
    three.with_alias()
    expected = of_all_states(three)
    tables = {table.tags["Name"]: identifier for identifier, table in three.region.tables.items()}
    for policy, nowhere in (("all", None), ("existing", "no route")):
        run = three.run("status", "--tables", policy)
        assert run.kind == "DIFFERS", run.err
        shown = rows(run.out)
        document = json.loads(three.run("status", "--json", "--tables", policy).out)
        listed = {table["name"]: table for table in document["vips"][0]["tables"]}
        assert shown.keys() == set(tables.values()) and listed.keys() == expected.keys()
        for name, (target, state, skipped) in expected.items():
            why = "a gateway's own" if skipped else nowhere if name == "nowhere" else None
            says = f"{state} (skipped: {why})" if why else state
            assert shown[tables[name]] == [tables[name], name, target or "-", says]
            assert listed[name] == {"id": tables[name], "name": name, "target": target, "state": state, "skipped": why}
        found = metrics(three.run("status", "--prometheus", "--tables", policy).out)
        counts = Counter(state for name, (_, state, skipped) in expected.items() if not skipped and not (nowhere and name == "nowhere"))
        assert {state: found["route_tables", "10.9.0.1", state] for state in counts} == counts
        assert sum(value for key, value in found.items() if key[0] == "route_tables") == counts.total()
        assert found["route_tables_skipped", "10.9.0.1"] == len(expected) - counts.total()
    assert not three.writes() and three.alias


def test_json_says_what_the_region_holds(three: Rig) -> None:
    scene = three.scene
    for owners, owner, agree, kind in (("AAA", scene.a.eni, True, "DIFFERS"), ("ABB", None, False, "DIFFERS"),
                                       ("BBB", scene.b.eni, True, "OK")):
        three.reset()
        three.with_alias()
        three.send(*owners)
        before = time.time()
        run = three.run("status", "--json")
        said = json.loads(run.out)
        [vip] = said.pop("vips")
        tables = vip.pop("tables")
        assert run.out.count("\n") == 1 and run.kind == kind
        assert before - 1 <= said.pop("time") <= time.time() and 0 <= said.pop("duration_ms") <= run.seconds * 1000
        assert said == {"version": 1, "kind": kind, "exit_status": STATUS[kind], "message": run.text, "region": three.region.name,
                        "vpc": scene.vpc, "eni": scene.b.eni}
        assert vip == {"vip": scene.vip, "interface": "eth0", "label": "eth0:1", "alias_up": True, "destination": scene.destination,
                       "placement": "overlay", "agree": agree, "owner": owner, "here": kind == "OK"}
        assert [(table["id"], table["target"]) for table in tables] == list(zip(scene.tables, scene.owners()))


def test_the_fields_are_those_of_the_manual(three: Rig) -> None:
    from callers.page import entries, sections
    page = sections()
    said = json.loads(three.run("status", "--json").out)

    def paths(value: Any, path: str = "") -> set[str]:
        if isinstance(value, list):
            return set().union(*(paths(each, f"{path}[]") for each in value))
        if isinstance(value, dict):
            return set().union(*({f"{path}.{key}"} | paths(each, f"{path}.{key}") for key, each in value.items()))
        return set()
    fields = {f".{name}" for item in entries(page["JSON"]) if re.fullmatch(r"[a-z_.\[\]]+(, [a-z_.\[\]]+)*", item) for name in item.split(", ")}
    assert paths(said) == fields
    listed = {name for item in entries(page["METRICS"]) for name in re.findall(r"\bmirrorvip_([a-z_]+)(?=[{,]|$)", item)}
    assert {key[0] for key in metrics(three.run("status", "--prometheus").out)} == listed


def test_200_tables(many: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    tables, scene = many.region.tables, many.scene
    call(monkeypatch, many, {table: f"{number} " + '"\\é東' * 12 for number, table in enumerate(scene.tables)})
    for table in scene.tables[::3]:
        many.region.set_route(table, scene.destination, scene.b.eni)
    many.region.log.clear()
    run = many.run("status", "--json")
    assert run.kind == "DIFFERS" and len(run.out) > 30000
    [vip] = json.loads(run.out)["vips"]
    assert [(row["id"], row["target"]) for row in vip["tables"]] == list(zip(scene.tables, scene.owners()))
    for row in vip["tables"]:
        name = tables[row["id"]].tags["Name"]
        assert name.startswith(row["name"]) and 60 <= len(row["name"].encode()) <= 64
    assert len(rows(many.run("status").out)) == 200
    found = metrics(many.run("status", "--prometheus").out)
    assert (found["route_tables", scene.vip, "here"], found["route_tables", scene.vip, "elsewhere"]) == (67, 133)


def test_a_reader_that_is_slow_gets_it_all(many: Rig) -> None:
    """It has the run's time: of what is shown nothing is lost before that."""
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
    child = many.start("status", "--json", stdout=write)
    os.close(write)
    with open(read, "rb", buffering=0) as pipe:
        select.select([pipe], [], [])
        time.sleep(0.5)
        said = pipe.read()
    assert child.wait(10) == STATUS["DIFFERS"]
    assert len(said) > 20000 and len(json.loads(said)["vips"][0]["tables"]) == 200


def test_a_reader_that_never_comes_holds_nothing_up(many: Rig) -> None:
    """Longer than the run's time: what has no room is left out, and how it ended is said."""
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 8192)
    began, child = time.monotonic(), many.start("status", "--json", "--deadline", "1", stdout=write)
    os.close(write)
    assert child.wait(10) == STATUS["DIFFERS"] and time.monotonic() - began < 5
    os.close(read)
    assert child.stderr and child.stderr.read().startswith("mirrorvip: DIFFERS: ")


def test_two_vips_in_every_form(three: Rig) -> None:
    """Each has its own tables, alias and owner, and no sample or member is the other's."""
    scene = three.scene
    for table in scene.tables:
        three.region.set_route(table, "10.9.0.2/32", scene.b.eni)
    three.others["10.9.0.2/32"] = "eth0:2"
    three.region.log.clear()
    three.with_alias()
    three.place.write("/etc/mirrorvip.conf", "[web]\nvip = 10.9.0.1\n[db]\nvip = 10.9.0.2\n")
    said = json.loads(three.run("status", "--json", vip=False).out)
    assert [(vip["vip"], vip["owner"], vip["alias_up"], vip["here"], len(vip["tables"])) for vip in said["vips"]] == [
        ("10.9.0.1", scene.a.eni, True, False, 3), ("10.9.0.2", scene.b.eni, False, False, 3)]
    found = metrics(three.run("status", "--prometheus", vip=False).out)
    assert [found["alias_up", vip] for vip in ("10.9.0.1", "10.9.0.2")] == [1, 0]
    assert [found["route_tables", vip, "here"] for vip in ("10.9.0.1", "10.9.0.2")] == [0, 3]
    assert found["owner_info", "10.9.0.1", scene.a.eni] == found["owner_info", "10.9.0.2", scene.b.eni] == 1
    terminal = Terminal(three, "--watch", "--every", "1", columns=130, rows=40, vip=False)
    picture = terminal.shows("10.9.0.1, on eth0:1", "10.9.0.2, not on eth0")
    assert picture.count("  elsewhere\n") == picture.count("  here\n") == 3
    three.region.set_route(scene.tables[0], "10.9.0.2/32", scene.a.eni)
    assert terminal.shows("last change ").count("*") == 1
    os.write(terminal.master, b"q")
    assert terminal.end().kind == "DIFFERS"


# When it fails.

FAILURES: dict[str, tuple[list[str], str, bool]] = {
    "no API": (["--endpoint-url", f"https://{NOWHERE}", "--ca-bundle", CA_FILE, "--deadline", "1"], "NETWORK", True),
    "no metadata": (["--imds-endpoint", "http://127.0.0.1:9", "--deadline", "1"], "IDENTITY", True),
    "no certificates": (["--ca-bundle", "/nowhere"], "USAGE", False),
    "no configuration": (["--config", "/nowhere"], "USAGE", False),
    "no such table": (["--route-table", "rtb-0fffffffffffffff0"], "REFUSED", True),
}


@pytest.mark.parametrize(("options", "kind", "located"), FAILURES.values(), ids=FAILURES)
def test_what_cannot_be_known_is_said(rig: Rig, options: list[str], kind: str, located: bool) -> None:
    endpoint = not any(option in ("--endpoint-url", "--ca-bundle") for option in options)
    run = rig.run("status", "--json", *options, endpoint=endpoint)
    said = json.loads(run.out)
    assert run.kind == kind and (said["kind"], said["exit_status"], said["message"]) == (kind, run.status, run.text), run.err
    assert bool(said["vips"]) == located and all(not vip["here"] for vip in said["vips"])
    rig.place.run(["mkdir", "-p", os.path.dirname(METRICS)], check=True)
    rig.place.write(METRICS, "mirrorvip_up 1\n")
    again = rig.run("status", *options, "--prometheus", METRICS, endpoint=endpoint)
    assert again.kind == kind and not again.out, again.err
    found = metrics(rig.place.run(["cat", METRICS], check=True).stdout)
    assert found["up",] == 0 and found["last_run_exit_status",] == run.status and not found.get(("here", "10.9.0.1"))
    assert abs(found["last_run_timestamp_seconds",] - time.time()) < 5
    assert (("alias_up", "10.9.0.1") in found) == located


def test_a_command_line_that_is_not_understood_shows_nothing(rig: Rig) -> None:
    run = rig.raw([INSTALLED, "status", "--json", "--nonsense"])
    assert run.kind == "USAGE" and not run.out
    assert not rig.region.log.connections


# The file of metrics.

@contextmanager
def folder(rig: Rig, mode: str = "0755", owner: str = "root") -> Iterator[str]:
    rig.place.run(["sh", "-c", f"rm -rf /run/metrics && mkdir -m {mode} /run/metrics && chown {owner} /run/metrics"], check=True)
    yield METRICS
    assert rig.place.run(["ls", "-A", "/run/metrics"], check=True).stdout.split() in ([], ["mirrorvip.prom"])


def written(rig: Rig) -> dict[tuple[str, ...], float]:
    return metrics(rig.place.run(["cat", METRICS], check=True).stdout)


def test_the_file_says_what_is_so(three: Rig) -> None:
    three.with_alias()
    with folder(three):
        for owners, kind in (("AAA", "DIFFERS"), ("ABB", "DIFFERS"), ("BBB", "OK")):
            three.send(*owners)
            run = three.run("status", "--prometheus", METRICS)
            found = written(three)
            assert run.kind == kind and not run.out
            assert (found["up",], found["here", "10.9.0.1"], found["alias_up", "10.9.0.1"]) == (1, kind == "OK", 1)
            assert (found["route_tables", "10.9.0.1", "here"], found["last_run_exit_status",]) == (owners.count("B"), run.status)
            assert 0 < found["last_run_duration_seconds",] < run.seconds
        assert three.place.call(os.stat, METRICS).st_mode & 0o7777 == 0o644
        # The steps are those of the look, which was another process's.
        lines = three.run("status", "-v", "--prometheus", METRICS).err.splitlines()
        steps = [found[3] for line in lines if (found := _STEP.fullmatch(line))]
        assert steps[0] == "metadata" and steps[-1] == "read"
        # Where it is configured the switch suffices; and a plain status is for people.
        three.place.write("/etc/mirrorvip.conf", f"vip = 10.9.0.1\nprometheus = {METRICS}\n")
        three.place.call(os.remove, METRICS)
        assert three.run("status").out.startswith("vip  ") and not three.place.call(os.path.exists, METRICS)
        assert not three.run("status", "--prometheus").out and written(three)["up",] == 1
        assert three.run("status", "--prometheus", "-").out.startswith("# HELP mirrorvip_up ")


def test_who_reads_the_file_finds_it_whole(rig: Rig) -> None:
    """While it is written again and again, by several at once, and while looks fail."""
    pages: set[str] = set()
    ended = threading.Event()
    with folder(rig):
        path = Path(f"/proc/{rig.place.pid}/root{METRICS}")

        def read() -> None:
            while not ended.is_set():
                with suppress(FileNotFoundError):
                    pages.add(path.read_text())
        reader = in_thread(read)
        for number in range(6):
            if number == 3:
                rig.fault(match="DescribeRouteTables", code="UnauthorizedOperation", status=403)
            writers = [rig.start("status", "--prometheus", METRICS) for _ in range(3)]
            for writer in writers:
                writer.communicate(timeout=20)
                assert writer.returncode == STATUS["REFUSED" if number >= 3 else "DIFFERS"]
        ended.set()
        reader.join()
    assert {metrics(page)["up",] for page in pages} == {0, 1} and len(pages) > 4


def test_a_folder_of_another_user(rig: Rig) -> None:
    """As Debian's is: root writes there although the program gives up its rights, and a user who may not is told so."""
    with folder(rig, owner="nobody"):
        assert rig.run("status", "--prometheus", METRICS).kind == "DIFFERS" and written(rig)["up",] == 1
        rig.place.call(os.remove, METRICS)
        assert rig.run("status", "--prometheus", METRICS, user="nobody").kind == "DIFFERS" and written(rig)["up",] == 1
    with folder(rig):
        run = rig.run("status", "--prometheus", METRICS, user="nobody")
        assert run.kind == "USAGE" and f"{METRICS} cannot be written: Permission denied; name a file" in run.text, run.err


PLACES = {
    "a folder": ("mkdir {}", "is no regular file"),
    "a pipe": ("mkfifo {}", "is no regular file"),
    "a link": ("ln -s /etc/hosts {}", "is no regular file"),
    "no folder": ("rm -r /run/metrics", "No such file or directory"),
}


@pytest.mark.parametrize(("made", "why"), PLACES.values(), ids=PLACES)
def test_what_is_no_place_for_the_file(rig: Rig, made: str, why: str) -> None:
    rig.place.run(["sh", "-c", "mkdir -p /run/metrics && rm -rf /run/metrics/* && " + made.format(METRICS)], check=True)
    before = rig.place.run(["cat", "/etc/hosts"], check=True).stdout
    run = rig.run("status", "--prometheus", METRICS)
    assert run.kind == "USAGE" and why in run.text, run.err
    assert rig.place.run(["cat", "/etc/hosts"], check=True).stdout == before
    # What the look itself came to weighs more, but for a VIP that is not here.
    rig.fault(match="DescribeRouteTables", code="UnauthorizedOperation", status=403)
    assert rig.run("status", "--prometheus", METRICS).kind == "REFUSED"
    rig.place.run(["rm", "-rf", "/run/metrics"], check=True)


def test_a_disk_that_is_full(rig: Rig) -> None:
    with folder(rig):
        pass
    rig.place.run(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", "/run/metrics"], check=True)
    try:
        assert rig.run("status", "--prometheus", METRICS).kind == "DIFFERS"
        before = rig.place.run(["cat", METRICS], check=True).stdout
        rig.place.run(["sh", "-c", "dd if=/dev/zero of=/run/metrics/ballast bs=1k count=8; true"], check=True)
        run = rig.run("status", "--prometheus", METRICS)
        assert run.kind == "USAGE" and "No space left on device" in run.text, run.err
        assert rig.place.run(["cat", METRICS], check=True).stdout == before
        assert rig.place.run(["ls", "/run/metrics"], check=True).stdout.split() == ["ballast", "mirrorvip.prom"]
    finally:
        rig.place.run(["umount", "/run/metrics"], check=True)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
def test_a_look_that_ends_without_a_word(rig: Rig, how: signal.Signals) -> None:
    with folder(rig):
        rig.place.write(METRICS, "mirrorvip_up 1\n")
        gate = rig.gate("DescribeRouteTables")
        began, child = time.monotonic(), rig.start("status", "--prometheus", METRICS, "--deadline", "1")
        gate.wait()
        [look] = children(child.pid)
        os.kill(look, how)
        _, err = child.communicate(timeout=5)
        assert child.returncode == STATUS["BUG"] and "ended without a word" in err and time.monotonic() - began < 3, err
        assert written(rig)["up",] == 0


@pytest.mark.parametrize("hears", [True, False], ids=["that-hears-it", "that-is-stopped"])
def test_a_look_that_a_signal_ends(rig: Rig, hears: bool) -> None:
    with folder(rig):
        rig.place.write(METRICS, "mirrorvip_up 1\n")
        gate = rig.gate("DescribeRouteTables")
        began, child = time.monotonic(), rig.start("status", "--prometheus", METRICS)
        gate.wait()
        if not hears:
            [look] = children(child.pid)
            os.kill(look, signal.SIGSTOP)
        child.terminate()
        run = rig.end(child, began)
        gate.open()
        assert run.kind == "INTERRUPTED" and run.seconds < 5, run.err
        found = written(rig)
        assert (found["up",], found["last_run_exit_status",]) == (0, STATUS["INTERRUPTED"])


# On a terminal.

class Terminal:
    """A status on a terminal of its own; what stands on it, byte for byte."""

    def __init__(self, rig: Rig, *more: str, columns: int = 80, rows: int = 24, vip: bool = True, under: Sequence[str] = (), **env: str):
        self.rig, self.bytes = rig, b""
        self.master, slave = pty.openpty()
        self.resize(columns, rows)
        self.mode = termios.tcgetattr(slave)
        self.began = time.monotonic()
        rig.record_tokens()
        self.child = rig.place.start([*under, *rig.argv("status", *more, vip=vip)], stdin=slave, stdout=slave,
                                     env=rig.environment(**{"TERM": "xterm", "LANG": "C.UTF-8"} | env),
                                     preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.slave = slave
        self._reader = in_thread(self._read)

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _read(self) -> None:
        while True:
            try:
                self.bytes += os.read(self.master, 65536)
            except OSError:
                return

    @property
    def text(self) -> str:
        return self.bytes.decode().replace("\r\n", "\n")

    @property
    def picture(self) -> str:
        """The latest one that is whole."""
        whole = [each for each in self.text.split("\x1b[H")[1:] if "\x1b[J" in each]
        return ESCAPE.sub("", whole[-1]) if whole else ""

    def shows(self, *parts: str) -> str:
        wait_until(lambda: all(part in self.picture for part in parts))
        return self.picture

    def end(self) -> Run:
        """Its end, held to the rules, with the terminal as it was."""
        assert self.child.stderr
        try:
            status = self.child.wait(20)
        finally:
            self.child.kill()
        err = self.child.stderr.read()
        run = Run(status, "", err, time.monotonic() - self.began, deadline_s=60)
        assert termios.tcgetattr(self.slave) == self.mode
        os.close(self.slave)
        self._reader.join(5)
        os.close(self.master)
        run.out = self.text
        found = re.fullmatch(r"mirrorvip: ([A-Z]+): ([ -~]+)\n", err)
        assert found, err
        run.kind, run.text = found[1], found[2]
        self.rig.hold_to_the_rules(run)
        return run


def width(line: str) -> int:
    """Columns, of the characters that these tests use."""
    return sum(2 if "\u2e80" <= c <= "\uffff" else 0 if "\u0300" <= c <= "\u036f" else 1 for c in line)


@pytest.mark.parametrize("columns", [20, 60, 80, 120])
def test_the_table_fits_the_terminal(three: Rig, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    names = "the private tables of the second zone", "東京東京東京東京東京", "e\u0301te\u0301"
    call(monkeypatch, three, dict(zip(three.scene.tables, names)))
    terminal = Terminal(three, columns=columns)
    assert terminal.end().kind == "DIFFERS"
    lines = ESCAPE.sub("", terminal.text).splitlines()
    assert max(map(width, lines)) <= columns and len(lines) == 9
    assert [line.split()[0][:20] for line in lines[-3:]] == [table[:20] if columns > 20 else table[:19] + ">" for table in three.scene.tables]
    if columns > 20:
        assert "\x1b[33m" in terminal.text and (columns == 60 or terminal.text.count("elsewhere") == 3)
    # COLUMNS comes before what the terminal says.
    narrow = Terminal(three, columns=columns, COLUMNS="40")
    narrow.end()
    assert max(map(width, ESCAPE.sub("", narrow.text).splitlines())) == 40


def test_a_terminal_that_does_not_know_its_width(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is taken for one of 80 columns."""
    call(monkeypatch, rig, {rig.scene.tables[0]: "the private tables of the second zone"})
    terminal = Terminal(rig, columns=0, rows=0)
    terminal.end()
    assert 60 < max(map(width, ESCAPE.sub("", terminal.text).splitlines())) <= 80


PLAIN = {"NO_COLOR": {"NO_COLOR": "1"}, "dumb": {"TERM": "dumb"}, "unknown": {"TERM": ""}}


@pytest.mark.parametrize("env", PLAIN.values(), ids=PLAIN)
def test_no_colours(rig: Rig, env: dict[str, str]) -> None:
    terminal = Terminal(rig, **env)
    terminal.end()
    assert "\x1b" not in terminal.text and "elsewhere" in terminal.text
    coloured = Terminal(rig, NO_COLOR="")
    coloured.end()
    assert ESCAPE.sub("", coloured.text) == terminal.text != coloured.text
    piped = rig.run("status", env={"TERM": "xterm"})
    assert piped.out == terminal.text


HOSTILE = "\u009b2J\u202e\u200bé\u0085\u00ad東"


def test_no_name_reaches_the_terminal_as_a_control(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    call(monkeypatch, rig, {rig.scene.tables[0]: HOSTILE})
    utf8, ascii_ = "?2J??é??東", "?2J??????"
    for env, shown in (({"LANG": "C.UTF-8"}, utf8), ({"LANG": "en_US.utf8"}, utf8), ({"LANG": "C"}, ascii_), ({"LANG": ""}, ascii_),
                       ({"LC_ALL": "C"}, ascii_), ({"LC_CTYPE": "C"}, ascii_), ({"LC_ALL": "C.UTF-8", "LC_CTYPE": "C", "LANG": "C"}, utf8),
                       ({"LC_ALL": "", "LC_CTYPE": "C.UTF-8", "LANG": "C"}, utf8)):
        terminal = Terminal(rig, columns=120, **env)
        terminal.end()
        assert f"  {shown}  " in terminal.text
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", ESCAPE.sub("", terminal.text))
    assert json.loads(rig.run("status", "--json").out)["vips"][0]["tables"][0]["name"] == "?2J??é??東"


# As it moves.

def test_a_move_is_seen_as_it_happens(three: Rig) -> None:
    three.with_alias()
    terminal = Terminal(three, "--watch", "--every", "1", columns=130)
    picture = terminal.shows("DIFFERS: 0 of 3 route tables", "no change since ")
    assert picture.startswith("mirrorvip status, ") and picture.count("  elsewhere\n") == 3 and "*" not in picture
    moved = three.scene.tables[1]
    three.region.set_route(moved, three.scene.destination, three.scene.b.eni)
    picture = terminal.shows("DIFFERS: 1 of 3 route tables", "last change ")
    [line] = [line for line in picture.splitlines() if line.endswith("  here")]
    assert re.fullmatch(rf"\d\d:\d\d:\d\dZ\*  {moved}  app-1  {three.scene.b.eni}  here", line)
    assert f"{moved} (app-1): elsewhere {three.scene.a.eni} -> here {three.scene.b.eni}" in picture
    # The mark goes with the next look, the moment stays.
    wait_until(lambda: "DIFFERS: 1 of 3" in terminal.picture and "*" not in terminal.picture)
    assert line.replace("*", " ") in terminal.picture
    # AWS does not answer: what was known stays, with its time.
    three.fault(match="DescribeRouteTables", code="UnauthorizedOperation", status=403)
    assert terminal.shows("REFUSED: ", "this is of ").count("  elsewhere\n") == 2
    three.region.faults.clear()
    three.region.set_route(three.scene.tables[0], three.scene.destination, three.scene.b.eni)
    three.region.set_route(three.scene.tables[2], three.scene.destination, three.scene.b.eni)
    assert terminal.shows("OK: 10.9.0.1 is here").count("  here\n") == 3
    # No more than the screen has room for.
    terminal.resize(60, 13)
    wait_until(lambda: "more, " in terminal.picture)
    lines = terminal.picture.splitlines()
    assert len(lines) < 13 and max(map(len, lines)) <= 60
    os.write(terminal.master, b"xyq")
    run = terminal.end()
    assert run.kind == "OK" and run.status == 0
    assert "xy" not in terminal.text.splitlines()[-1]


@pytest.mark.parametrize("how", ["q", "\x03", "term"])
def test_what_ends_it(rig: Rig, how: str) -> None:
    terminal = Terminal(rig, "--watch", "--every", "1")
    terminal.shows("DIFFERS: 0 of 1")
    if how == "term":
        terminal.child.terminate()
    else:
        os.write(terminal.master, how.encode())
    began = time.monotonic()
    assert terminal.end().kind == "DIFFERS" and time.monotonic() - began < 1.5


def test_it_ends_in_the_middle_of_a_look(rig: Rig) -> None:
    gate = rig.gate("DescribeRouteTables", nth=2)
    terminal = Terminal(rig, "--watch", "--every", "1")
    gate.wait()
    os.write(terminal.master, b"q")
    assert terminal.end().kind == "DIFFERS"
    gate = rig.gate("DescribeRouteTables")
    terminal = Terminal(rig, "--watch", "--every", "1")
    gate.wait()
    os.write(terminal.master, b"q")
    assert terminal.end().kind == "INTERRUPTED"


def test_on_a_dumb_terminal_nothing_is_drawn_over(rig: Rig) -> None:
    terminal = Terminal(rig, "--watch", "--every", "1", TERM="dumb")
    wait_until(lambda: "DIFFERS: 0 of 1" in terminal.text)
    os.write(terminal.master, b"q")
    assert terminal.end().kind == "DIFFERS" and "\x1b" not in terminal.text


def test_in_the_background_it_leaves_the_keys_to_others(rig: Rig) -> None:
    terminal = Terminal(rig, "--watch", "--every", "1", under=("sh", "-mc", '"$@" & wait $!', "sh"))
    terminal.shows("DIFFERS: 0 of 1")
    assert termios.tcgetattr(terminal.slave) == terminal.mode
    [program] = children(terminal.child.pid)
    os.kill(program, signal.SIGTERM)
    assert terminal.end().kind == "DIFFERS"


def test_a_terminal_that_is_stopped_goes_on(rig: Rig) -> None:
    """As by Ctrl-S, for longer than a picture is waited for: the next one is drawn over what came of that."""
    terminal = Terminal(rig, "--watch", "--every", "1")
    terminal.shows("DIFFERS: 0 of 1")
    termios.tcflow(terminal.slave, termios.TCOOFF)
    rig.rounds(3)
    termios.tcflow(terminal.slave, termios.TCOON)
    rig.send("B")
    terminal.shows("DIFFERS: 1 of 1")
    os.write(terminal.master, b"q")
    assert terminal.end().kind == "DIFFERS"


def test_a_line_for_each_change(three: Rig) -> None:
    lines: list[str] = []
    child = three.start("status", "--watch", "--every", "1")

    def read() -> None:
        assert child.stdout
        lines.extend(iter(child.stdout.readline, ""))
    reader = in_thread(read)
    began = time.monotonic()
    wait_until(lambda: three.region.log.count("DescribeRouteTables") >= 2)
    three.region.set_route(three.scene.tables[2], three.scene.destination, three.scene.b.eni)
    asked = three.region.log.count("DescribeRouteTables")
    wait_until(lambda: three.region.log.count("DescribeRouteTables") >= asked + 2)
    child.send_signal(signal.SIGINT)
    assert child.wait(5) == STATUS["DIFFERS"]
    reader.join()
    times = [line[:21] for line in lines]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ", each) for each in times) and times == sorted(times)
    table, a, b = three.scene.tables[2], three.scene.a.eni, three.scene.b.eni
    said = [line[21:].partition(";")[0].rstrip() for line in lines]
    assert said == ["DIFFERS: 0 of 3 route tables send 10.9.0.1/32 here, and the alias is missing",
                    f"{table} (app-2): elsewhere {a} -> here {b}",
                    "DIFFERS: 1 of 3 route tables send 10.9.0.1/32 here, and the alias is missing"]
    # One listing for each look, and no more than one look in each interval.
    assert three.region.log.count("DescribeRouteTables") <= time.monotonic() - began + 2
    assert child.stderr and child.stderr.read().startswith("mirrorvip: DIFFERS: 1 of 3")


def test_nobody_reads_on(rig: Rig) -> None:
    read, write = os.pipe()
    child = rig.start("status", "--watch", "--every", "1", stdout=write)
    os.close(write)
    assert os.read(read, 4096)
    os.close(read)
    # A change is to be told, and there is nobody to tell.
    rig.send("B")
    assert child.wait(10) == STATUS["DIFFERS"]


# Of several hosts that start together.

def rounds_of(rig: Rig, trace: str) -> list[float]:
    """When a service began each of its looks, each in a process of its own: by its calls, of which none is missed."""
    return [float(line.split()[0]) for line in rig.place.call(Path(trace).read_text).splitlines() if re.search(r" (v?fork|clone3?)\(", line)]


def test_hosts_that_start_together_do_not_ask_together(rig: Rig) -> None:
    """Each service looks once in each interval, at a moment of its own."""
    traces = [f"/run/rounds-{number}" for number in range(6)]
    services = [rig.place.start(["strace", "-ttt", "-e", "trace=fork,vfork,clone,clone3", "-e", "signal=none", "-o", trace,
                                 *rig.argv("follow", "--every", "1")], env=rig.environment()) for trace in traces]
    time.sleep(3.4)
    for service in services:
        for pid in children(service.pid):
            os.kill(pid, signal.SIGTERM)
    for service in services:
        service.communicate(timeout=10)
    moments = [rounds_of(rig, trace) for trace in traces]
    for each in moments:
        gaps = [later - earlier for earlier, later in zip(each, each[1:])]
        assert 3 <= len(each) <= 4 and 0.95 < gaps[0] < 2.1 and all(0.9 < gap < 1.1 for gap in gaps[1:]), moments
    # Each begins at once, and from its second look on it has a moment that is its own.
    firsts = [each[1] - each[0] for each in moments]
    assert max(firsts) - min(firsts) > 0.1, firsts


# Where the time of a run went.

_STEP = re.compile(r" *([0-9.]+) ms  \+ *([0-9.]+) ms  (\w+) +(.*)")
_BAR = re.compile(r"( *)(\S.*?)  +([.=]+) +([0-9.]+) ms")


def test_an_acquisition_ends_with_a_chart(three: Rig) -> None:
    """A bar for each line, at its place and in its length; the lines have all that they had."""
    three.fault(match="ReplaceRoute", count=3, delay_s=0.1)
    run = three.run("acquire", "-v")
    *lines, end = run.err.splitlines()
    steps = [found for line in lines if (found := _STEP.fullmatch(line))]
    bars = [found for line in lines if (found := _BAR.fullmatch(line))]
    assert run.kind == "OK" and [*(step[0] for step in steps), *(bar[0] for bar in bars)] == lines and end.startswith("mirrorvip: OK")
    names = [step[3] for step in steps]
    assert {"metadata", "alias", "name", "credentials", "connect", "TLS", "read", "write", "verify"} <= set(names)
    assert [bar[2] for bar in bars if not bar[1]] == list(dict.fromkeys(names))
    assert sorted(bar[2] for bar in bars if bar[1]) == sorted(three.scene.tables)
    assert len({bar[0].rindex(" ms") for bar in bars}) == 1 and all(len(bar[0]) <= 76 for bar in bars)
    whole = max(float(step[1]) + float(step[2]) for step in steps)
    for step in steps:
        [bar] = [bar for bar in bars if bar[2] == step[3]]
        cell = whole / len(bar[3])
        first, last = bar[3].index("="), bar[3].rindex("=") + 1
        assert abs(first * cell - float(step[1])) <= 1.1 * cell and abs(last * cell - float(step[1]) - float(step[2])) <= 1.1 * cell
        assert bar[4] == step[2]
    # The writes, one by one, take what the region took for them.
    assert all(100 <= float(bar[4]) < 400 for bar in bars if bar[1])


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_the_chart_is_for_the_screen_that_it_is_on(rig: Rig, stream: str) -> None:
    """The other one is a pipe."""
    master, slave = pty.openpty()
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    child = rig.start("acquire", "-v", env={"TERM": "xterm"}, **{stream: slave})
    os.close(slave)
    shown = b""

    def read() -> None:
        nonlocal shown
        with suppress(OSError):
            while more := os.read(master, 65536):
                shown += more
    reader = in_thread(read)
    _, err = child.communicate(timeout=20)
    reader.join(5)
    os.close(master)
    said = shown.decode().replace("\r\n", "\n") if stream == "stderr" else err
    bars = [bar for line in ESCAPE.sub("", said).splitlines() if (bar := _BAR.fullmatch(line))]
    assert child.returncode == 0 and len(bars) > 5 and ("\x1b" in said) == (stream == "stderr")
    assert max(len(bar[0]) for bar in bars) == (60 if stream == "stderr" else 76)


def test_the_chart_of_many_tables(many: Rig) -> None:
    many.reset()
    run = many.run("acquire", "-v")
    parts = [bar for line in run.err.splitlines() if (bar := _BAR.fullmatch(line)) and bar[1]]
    assert run.kind == "OK" and len(parts) == 8
    assert [bar[2] for bar in parts] == [f"{table} +24" for table in many.scene.tables[::25]]
