"""release/iris/ZMIRROR.mac: its form, and what it runs, run as $ZF(-100) runs it."""

from __future__ import annotations

import re
import shlex
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from callers import objectscript
from callers.objectscript import Malformed, Routine
from world import BINARY, World
from world.world import CA_FILE, INSTALLED

ROUTINE = Path(__file__).parents[2] / "release" / "iris" / "ZMIRROR.mac"
ENTRY_POINTS = ("CheckBecomePrimaryOK", "NotifyBecomePrimary")


@pytest.fixture(scope="module")
def routine() -> Routine:
    return objectscript.read(ROUTINE.read_text())


def call(routine: Routine, entry: str) -> tuple[str, list[str]]:
    """The flags and the argv of the one $ZF(-100) that an entry point comes to."""
    [passed] = routine.calls(entry, "$$Acquire")
    acquire = routine.procedures["Acquire"]
    names = {formal: routine.evaluate(text, {}) for formal, text in zip(acquire.formals, passed, strict=True)}
    assert names["entry"] == entry
    return run_by(routine, "Acquire", names)


def run_by(routine: Routine, procedure: str, names: Mapping[str, objectscript.Value]) -> tuple[str, list[str]]:
    """The flags and the argv of the one $ZF(-100) of a procedure, with the values that its names have there."""
    [(kind, flags, *argv)] = routine.calls(procedure, "$ZF")
    assert (kind, flags) == ("-100", "flags" if procedure == "Acquire" else "$$Flags(output)")
    [made] = quits(routine, "Flags")
    return str(routine.evaluate(made, {"output": "/mgr/out.log"})), [str(routine.evaluate(text, names)) for text in argv]


def quits(routine: Routine, procedure: str) -> list[str]:
    return [routine.expand(text) for text in re.findall(r"\bquit\b *(.*)", routine.procedures[procedure].body)]


def truth(expression: str, status: int) -> bool:
    """The value of an ObjectScript condition of this routine's kind. It has no precedence, so brackets must say all."""
    assert re.fullmatch(r"'\d \|\| \(status = 0\)", expression)
    return bool(eval(expression.replace("'", "not ").replace("||", "or").replace(" = ", " == "), {"status": status}))


# Its form.

def test_it_is_a_routine_of_two_entry_points_and_a_test(routine: Routine) -> None:
    assert routine.name == "ZMIRROR"
    public = [name for name, procedure in routine.procedures.items() if procedure.public]
    assert public == [*ENTRY_POINTS, "Test"]
    assert all(not routine.procedures[name].formals for name in public)


def test_every_label_and_macro_that_it_uses_is_there(routine: Routine) -> None:
    for procedure in routine.procedures.values():
        plain = objectscript.blank_strings(routine.expand(procedure.body))
        assert set(re.findall(r"(?:\$\$|\bdo )(\w+)\(", plain)) <= routine.procedures.keys()


@pytest.mark.parametrize("status", [0, -1, 3, 10, 14, 70])
def test_check_lets_this_member_become_primary_unless_strict(routine: Routine, status: int) -> None:
    assert routine.macros["Strict"] == "0"
    [answer] = quits(routine, "CheckBecomePrimaryOK")
    assert truth(answer, status)
    routine = objectscript.read(ROUTINE.read_text().replace("#define Strict 0", "#define Strict 1"))
    [answer] = quits(routine, "CheckBecomePrimaryOK")
    assert truth(answer, status) == (status == 0)


def test_notify_returns_1(routine: Routine) -> None:
    assert quits(routine, "NotifyBecomePrimary") == ["1"]


def test_whatever_can_fail_is_caught(routine: Routine) -> None:
    """All that calls out of the routine stands in a `try`; `quit` with a value, which IRIS refuses there, does not."""
    for name in ("Acquire", "LastLine", "Log", "Test", "Show"):
        body = routine.procedures[name].body
        match = re.search(r"\btry \{", body)
        assert match
        end = objectscript.closing(body, match.end() - 1)
        assert re.match(r"\} catch \w+ \{", body[end:])
        inside, outside = body[match.end():end], body[:match.start()] + body[end:]
        assert "quit" not in inside
        assert not re.search(r"##class|\$ZF", outside)
    for name in (*ENTRY_POINTS, "Flags"):
        assert not re.search(r"##class|\$ZF", routine.procedures[name].body)
    # What is not caught there is called from where it is.
    for name, procedure in routine.procedures.items():
        if "$$Prepare" in procedure.body:
            assert name in ("Acquire", "Test")


def test_it_says_so_in_the_messages_log(routine: Routine) -> None:
    [(text, _, severity, event)] = routine.calls("Log", "WriteToConsoleLog")
    assert (text, severity) == ("text", "severity")
    assert routine.evaluate(event, {"entry": "NotifyBecomePrimary"}) == "NotifyBecomePrimary:ZMIRROR"


@pytest.mark.parametrize("entry", ENTRY_POINTS)
def test_it_waits_for_the_program_and_needs_no_shell(routine: Routine, entry: str) -> None:
    flags, argv = call(routine, entry)
    assert flags == '/STDOUT+="/mgr/out.log" /STDERR+="/mgr/out.log"'
    assert argv[:2] == [INSTALLED, "acquire"]
    deadline = int(argv[argv.index("--deadline") + 1])
    assert deadline < 30, "it must end before IRIS asks again"


def test_a_failover_does_not_depend_on_its_log(routine: Routine) -> None:
    """Where it is not started with a file to write to it is started without one, and not twice where it was."""
    [tried] = re.findall(r"for flags=(.*) \{\n +if status = -1 \{ set status = \$ZF\(-100, flags, ", routine.procedures["Acquire"].body)
    assert objectscript.split(tried, ",") == ["$$Flags(output)", '""']


@pytest.mark.parametrize("broken", [
    ("ROUTINE ZMIRROR", "routine ZMIRROR"),
    ("#define Strict 0", "#define Lenient 1"),
    ('"acquire", ', '"acquire, '),
    ("    quit last\n}", "    quit last\n"),
    ('        do Show(output)\n', '        do Show(output\n'),
    ('":ZMIRROR")', '":ZMIRROR"'),
])
def test_the_recogniser_refuses_what_is_broken(broken: tuple[str, str]) -> None:
    text = ROUTINE.read_text()
    assert text.count(broken[0]) == 1
    with pytest.raises(Malformed):
        routine = objectscript.read(text.replace(*broken))
        for procedure in routine.procedures.values():
            routine.expand(procedure.body)


# What it runs.

@pytest.mark.parametrize("entry", ENTRY_POINTS)
def test_the_call_moves_the_vip(routine: Routine, entry: str, tmp_path: Path) -> None:
    _, argv = call(routine, entry)
    with World(tables=3) as w, (tmp_path / "out.log").open("a+") as output:
        w.b.write("/etc/mirrorvip.conf", f"ca-bundle = {CA_FILE}\n")
        done = w.b.run(argv, env={}, user="nobody", stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        assert done.returncode == 0
        assert w.scene.owners() == [w.scene.b.eni] * 3 and w.client.ask() == "B"
        output.seek(0)
        said = [line for line in output.read().splitlines() if line]
        assert said[-1].startswith(f"mirrorvip: OK: {w.scene.vip} is here: 3 of 3 route tables")
        assert len(said) > 1, "the timeline comes first"


@pytest.mark.parametrize("entry", ENTRY_POINTS)
def test_the_call_moves_the_vip_with_every_descriptor_closed(routine: Routine, entry: str) -> None:
    _, argv = call(routine, entry)
    with World(tables=2) as w:
        w.b.write("/etc/mirrorvip.conf", f"ca-bundle = {CA_FILE}\n")
        assert w.b.run_like_iris(*argv) == 0
        assert w.scene.owners() == [w.scene.b.eni] * 2 and w.client.ask() == "B"


def test_the_call_tells_why_it_failed(routine: Routine, tmp_path: Path) -> None:
    _, argv = call(routine, "CheckBecomePrimaryOK")
    with World() as w, (tmp_path / "out.log").open("a+") as output:
        w.b.write("/etc/mirrorvip.conf", f"ca-bundle = {CA_FILE}\n")
        w.region.deny("ec2:ReplaceRoute")
        done = w.b.run(argv, env={}, user="nobody", stdout=output, stderr=output)
        assert done.returncode == 7
        output.seek(0)
        assert re.fullmatch(r"mirrorvip: REFUSED: .*ec2:ReplaceRoute.*", output.read().splitlines()[-1])


def test_144_it_is_called_again_and_again(routine: Routine) -> None:
    """Before and after this member becomes primary, and every 30 seconds where IRIS asks once more."""
    with World(tables=3) as w:
        w.b.write("/etc/mirrorvip.conf", f"ca-bundle = {CA_FILE}\n")
        for entry in (*ENTRY_POINTS, *ENTRY_POINTS[:1] * 3):
            _, argv = call(routine, entry)
            assert w.b.run(argv, env={}, user="nobody").returncode == 0
            assert w.region.log.count("ReplaceRoute", "CreateRoute") == 3
        assert w.scene.owners() == [w.scene.b.eni] * 3


# By hand, before the first failover.

def test_the_test_runs_a_check_and_moves_nothing(routine: Routine, tmp_path: Path) -> None:
    flags, argv = run_by(routine, "Test", {})
    assert flags == '/STDOUT+="/mgr/out.log" /STDERR+="/mgr/out.log"' and argv[:2] == [INSTALLED, "check"]
    assert quits(routine, "Test") == ["status = 0"]
    with World(tables=2) as w, (tmp_path / "out.log").open("a+") as output:
        w.b.write("/etc/mirrorvip.conf", f"ca-bundle = {CA_FILE}\n")
        assert w.b.run(argv, env={}, user="nobody", stdout=output, stderr=output).returncode == 0
        w.region.set_source_dest_check(w.scene.b.eni, True)
        assert w.b.run(argv, env={}, user="nobody", stdout=output, stderr=output).returncode == 7
        output.seek(0)
        assert output.read().splitlines()[-1].startswith("mirrorvip: REFUSED: 1 failure and 0 warnings, first: source/dest: ")
        assert w.scene.owners() == [w.scene.a.eni] * 2 and not w.region.log.changes


def test_the_page_names_what_there_is() -> None:
    """Entry points, files beside it, and each command of mirrorvip's is one that it takes."""
    page = (ROUTINE.parent / "README.md").read_text()
    for word in ("Test^ZMIRROR()", "$$CheckBecomePrimaryOK^ZMIRROR()", "%System_CallOut:USE", "setcap cap_net_admin+ep", "0750"):
        assert word in page
    for path in re.findall(r"release/[\w./@-]*[\w]", page):
        assert (ROUTINE.parents[2] / path).exists(), path
    verbs = subprocess.run([BINARY, "help"], capture_output=True, text=True, check=True).stdout
    for verb, options in re.findall(r"^(?:sudo -u irisusr )?/?[\w/]*mirrorvip (\w+)(.*)$", page, re.MULTILINE):
        assert f"\n  {verb} " in verbs
        assert all(f"  {option} " in verbs for option in re.findall(r"--[a-z-]+", options))


def test_the_page_reads_no_file_before_it_is_there() -> None:
    """What it takes from the installed bundle is in it, and what it reads elsewhere an earlier line of it has made."""
    page = (ROUTINE.parent / "README.md").read_text()
    installed = re.findall(r"/usr/local/share/mirrorvip/([\w./-]*\w)", page)
    assert {"mirrorvip.tmpfiles", "iris/ZMIRROR.mac", "iris/may-i"} <= set(installed)
    assert all((ROUTINE.parents[1] / path).is_file() for path in installed)
    before, _, _ = page.partition("systemd-tmpfiles --create /etc/tmpfiles.d/mirrorvip.conf")
    assert before != page and before.endswith("mirrorvip.tmpfiles /etc/tmpfiles.d/mirrorvip.conf\n")


@pytest.mark.parametrize("text", ["vip = 10.109.10.254/27\n", "[web]\nvip = 10.109.10.254/27\n"])
def test_the_page_puts_the_guard_where_it_holds_for_all(text: str) -> None:
    page = (ROUTINE.parent / "README.md").read_text()
    [line] = re.findall(r"^.*guard = .*$", page, re.MULTILINE)
    with World(tables=1) as w:
        w.b.write("/etc/mirrorvip.conf", f"ca-bundle = {CA_FILE}\n{text}")
        w.b.write("/usr/local/sbin/mirrorvip-may-i", "#!/bin/sh\nexit 1\n", 0o755)
        w.b.run(["sh", "-ec", line], check=True)
        assert w.b.run([INSTALLED, "acquire"], env={"PATH": "/usr/bin:/bin"}).returncode == 3
        assert w.scene.owners() == [w.scene.a.eni]


@pytest.mark.parametrize(("listed", "status"), [
    ("IRIS^/usr/irissys^2024.1^running, since Wed^iris.cpf^1972^52773^0^ok^IRIS^^Failover^Primary^", 0),
    ("IRIS^/usr/irissys^2024.1^running, since Wed^iris.cpf^1972^52773^0^ok^IRIS^^Failover^In Trouble^", 0),
    ("IRIS^/usr/irissys^2024.1^running, since Wed^iris.cpf^1972^52773^0^ok^IRIS^^Failover^Backup^", 3),
    ("IRIS^/usr/irissys^2024.1^running, since Wed^iris.cpf^1972^52773^0^ok^IRIS^^Disaster Recovery^Connected^", 3),
    ("IRIS^/usr/irissys^2024.1^down, last used Wed^iris.cpf^1972^52773^0^^IRIS^^^^", 3),
    ("", 3)])
def test_the_guard_asks_iris(listed: str, status: int) -> None:
    with World(tables=1) as w:
        w.b.write("/usr/local/sbin/mirrorvip-may-i", (ROUTINE.parent / "may-i").read_bytes(), 0o755)
        w.b.write("/usr/local/sbin/iris", f"#!/bin/sh\ntest \"$*\" = 'qlist IRIS' && echo '{listed}'\n", 0o755)
        w.b.write("/etc/mirrorvip.conf", f"ca-bundle = {CA_FILE}\nguard = /usr/local/sbin/mirrorvip-may-i IRIS\n")
        assert w.b.run([INSTALLED, "acquire"], env={"PATH": "/usr/local/sbin:/usr/bin:/bin"}).returncode == status
        assert w.scene.owners() == [w.scene.b.eni if status == 0 else w.scene.a.eni]


def in_a_shell(argv: list[str]) -> list[str]:
    """As $ZF(-100) has it with /SHELL: one text for /bin/sh, in which the caller quotes what holds blanks."""
    return ["/bin/sh", "-c", shlex.join(argv)]


@pytest.mark.parametrize("shell", [False, True], ids=["", "/SHELL"])
@pytest.mark.parametrize("waits", [True, False], ids=["", "/ASYNC"])
@pytest.mark.parametrize(("guard", "status"), [("/bin/test 1 = 1", 0), ("/bin/test 1 = 2", 3)], ids=["yes", "no"])
def test_143_however_it_is_called(shell: bool, waits: bool, guard: str, status: int, tmp_path: Path) -> None:
    """An argument with blanks arrives as one. Who does not wait sees no exit status: the last line in the file tells."""
    with World(tables=2) as w, (tmp_path / "out with blanks.log").open("a+") as output:
        w.b.write("/etc/mirrorvip.conf", f"ca-bundle = {CA_FILE}\n")
        argv = [INSTALLED, "acquire", "--verbose", "--guard", guard]
        child = w.b.start(in_a_shell(argv) if shell else argv, env={}, user="nobody", stdout=output, stderr=output,
                          stdin=subprocess.DEVNULL)
        if waits:
            assert child.wait(10) == status
        until = time.monotonic() + 10
        while not (said := re.findall(r"^mirrorvip: (\w+): .*\n", Path(output.name).read_text(),
                                      re.MULTILINE)) and time.monotonic() < until:
            time.sleep(0.01)
        assert said == (["OK"] if status == 0 else ["NOTPRIMARY"])
        assert w.scene.owners() == [w.scene.b.eni if status == 0 else w.scene.a.eni] * 2
        child.wait(10)
