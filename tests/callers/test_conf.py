"""release/mirrorvip.conf: every key there is, with its default, in a form that the program takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from callers import program
from callers.program import IDENTITY, ROOT, USAGE

FILE = ROOT / "release" / "mirrorvip.conf"
_KEY = re.compile(r"^#([a-z][a-z-]*) = (.*)$", re.MULTILINE)


def status(folder: Path, text: str, *more: str) -> tuple[int, str]:
    file = folder / "mirrorvip.conf"
    file.write_text(text)
    file.chmod(0o644)
    done = program.run("status", "--config", str(file), "--interface", "lo", *more)
    return done.returncode, done.stderr


def test_as_it_is_it_says_nothing(tmp_path: Path) -> None:
    """Not a line of it counts, so the host's own VIP is looked for, which is not there."""
    assert not [line for line in FILE.read_text().splitlines() if line and not line.startswith("#")]
    code, said = status(tmp_path, FILE.read_text())
    assert code == USAGE and "no address is labelled lo:1" in said
    assert status(tmp_path, FILE.read_text(), "--vip", "10.9.0.1")[0] == IDENTITY


@pytest.mark.parametrize("but", ["route-table", "tag"])
def test_with_every_key_it_is_understood(tmp_path: Path, but: str) -> None:
    """The two ways to say which tables do not go together."""
    text = _KEY.sub(r"\1 = \2", FILE.read_text().replace(f"#{but} = ", "# not "))
    assert status(tmp_path, text, "--imds-endpoint", "http://127.0.0.1:9")[0] == IDENTITY
    code, said = status(tmp_path, text + "tables = all\n")
    assert code == USAGE and "'tables' stands twice" in said


def test_its_sections_are_understood(tmp_path: Path) -> None:
    """They stand at the end, indented, as what follows is about them."""
    text = re.sub(r"^#(\[\w+\]| {4}(?=\w))", r"\1", FILE.read_text(), flags=re.MULTILINE)
    names = re.findall(r"^\[(\w+)\]", text, re.MULTILINE)
    assert len(names) > 1 and status(tmp_path, text)[0] == IDENTITY
    for name in names:
        assert status(tmp_path, text, "--section", name)[0] == IDENTITY
    assert status(tmp_path, text, "--section", "another")[0] == USAGE


def test_each_key_stands_there_once(tmp_path: Path) -> None:
    listed = [name for name, _ in _KEY.findall(FILE.read_text())]
    known = [option.name for option in program.options() if program.is_key(option.name, tmp_path)]
    assert sorted(listed) == sorted(known)


def test_a_default_is_the_programs() -> None:
    """Where the help has it as a value that could be written there."""
    shown = dict(_KEY.findall(FILE.read_text()))
    defaults = {option.name: option.default for option in program.options()
                if option.default.isdigit() or (option.default and option.default in option.value.split("|"))}
    assert len(defaults) > 4
    assert {name: shown[name] for name in defaults} == defaults
