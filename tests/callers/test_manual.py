"""release/mirrorvip.8: well-formed, and true of the program, both ways."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
from pathlib import Path

import pytest

from callers import page, program
from callers.page import PAGE, entries, mandoc
from callers.program import ROOT, source
from world import World
from world.world import CA_FILE, INSTALLED

@pytest.fixture(scope="module")
def sections() -> dict[str, str]:
    return page.sections()


def own(option: program.Option) -> bool:
    """Whether it belongs to some verbs only."""
    return not option.verbs >= set(program.running())


def test_it_is_well_formed() -> None:
    """No error, no warning, nothing to say of its style; which pages a machine has besides is not the page's matter."""
    said = [line for line in mandoc("-T", "lint").stdout.splitlines() if "referenced manual not found" not in line]
    assert said == []


def test_the_linter_sees_what_is_wrong() -> None:
    done = subprocess.run(["mandoc", "-T", "lint"], input=PAGE.read_text().replace(".It Fl -wait\n", ".It Fl -wait \n.Foo\n"),
                          capture_output=True, text=True)
    assert "unknown macro" in done.stdout and "white" in done.stdout


def test_verbs(sections: dict[str, str]) -> None:
    found = entries(sections["DESCRIPTION"].partition("Where the VIP may be")[0])
    assert [name for name in found if re.fullmatch(r"[a-z]+", name)] == list(program.verbs())


def test_synopsis(sections: dict[str, str]) -> None:
    """Each verb with the options that it does not share with all."""
    text = re.sub(r"\n {10,}", " ", sections["SYNOPSIS"])
    found = {match[1]: re.findall(r"\[(--[^\[\]]+(?:\[\w+\])?)\]", match[0]) for match in re.finditer(r"mirrorvip (\w+)\b.*", text)}
    assert found == {verb: [f"--{option.name} {option.value}".strip() for option in program.options()
                            if own(option) and verb in option.verbs] for verb in program.verbs()}
    assert re.findall(r"mirrorvip (\w+).* \[OPTION \.\.\.\]", text) == program.running()


def test_options(sections: dict[str, str]) -> None:
    """Each with its value, and before its text the verbs that it belongs to, unless these are all."""
    listed = sections["OPTIONS"].partition("The configuration file\n")[0]
    found = {name: text for name, text in entries(listed).items() if name.startswith("--")}
    assert sorted(found) == sorted(f"--{option.name} {option.value}".strip() for option in program.options())
    for option in program.options():
        text = found[f"--{option.name} {option.value}".strip()]
        whose = re.match(r"((?:\w+, )*\w+): ", text)
        verbs = [verb for verb in program.verbs() if verb in option.verbs]
        assert (whose[1].split(", ") if whose and whose[1].split(", ")[0] in program.verbs() else None) == (verbs if own(option) else None), text


def test_defaults(sections: dict[str, str]) -> None:
    """A default that the help has as its last word, the page has too."""
    found = entries(sections["OPTIONS"].partition("The configuration file\n")[0])
    for option in [option for option in program.options() if option.default]:
        text = found[f"--{option.name} {option.value}".strip()]
        assert re.search(rf"[Dd]efault\b.*{re.escape(option.default)}|{re.escape(option.default)}, the default", text), text


def test_numbers() -> None:
    text, options, limits = PAGE.read_text(), source("app/options/options.h"), source("base/limits.h")
    def number(name: str, header: str) -> str:
        return re.search(rf"#define {name} (\d+)", header)[1]  # type: ignore[index]
    assert f"1 to {number('DEADLINE_MOST_S', options)}, by default {number('DEADLINE_DEFAULT_S', options)}" in text
    assert f"1 to {number('EVERY_MOST_S', options)}" in text
    assert f"{number('LIMIT_TABLES', limits)} tables are the most" in text
    prove = source("app/check/prove.h")
    assert f"{number('PROVE_FIRST', prove)} tables are asked about\nat once and then {number('PROVE_A_SECOND', prove)} a second" in text
    assert f"up to {int(number('LIMIT_GUARD_WORDS', limits)) - 1} words" in text


def test_keys(sections: dict[str, str], tmp_path: Path) -> None:
    """What stands on the command line only is what the configuration does not know."""
    text = " ".join(sections["OPTIONS"].split())
    [listed] = re.findall(r"stands on the command line only: (.*?)\.", text)
    assert re.findall(r"--([a-z-]+)", listed) == [option.name for option in program.options() if not program.is_key(option.name, tmp_path)]


def test_environment(sections: dict[str, str]) -> None:
    """What is named there beside the options' own is what the program looks for."""
    text = PAGE.read_text().partition(".Sh ENVIRONMENT\n")[2].partition("\n.Sh ")[0]
    named = {word for words in re.findall(r"^\.(?:It )?Ev (.*)", text, re.MULTILINE) for word in re.findall(r"\w{2,}", words)}
    assert {name for name in named if not name.startswith("MIRRORVIP_")} == program.environment()
    options = {option.name for option in program.options()}
    assert set(re.findall(r"--([a-z-]+)", sections["ENVIRONMENT"])) <= options


def test_each_option_has_a_variable() -> None:
    """As the page says of those that take a value."""
    table = source("app/options/options.c").partition("variables[] = {")[2].partition("\n};")[0]
    assert set(re.findall(r'"MIRRORVIP_(\w+)", OPTION_\1}', table)) == {
        option.name.upper().replace("-", "_") for option in program.options() if option.value}


def test_exit_statuses(sections: dict[str, str]) -> None:
    found = entries(sections["EXIT STATUS"])
    listed = {f"{kind.status} {kind.name}": f"{kind.meaning}; {kind.cure}." for kind in program.kinds()}
    assert {item: text for item, text in found.items() if re.match(r"\d", item)} == listed


def test_severities(sections: dict[str, str]) -> None:
    """Of the last line in the system's log; those that are not named are of the rest."""
    text = " ".join(sections["OPTIONS"].partition("the last line is at")[2].partition("rest.")[0].split())
    parts = [part.partition(" for ") for part in re.split(r"\bat ", text)]
    named = {kind: severity for severity, _, kinds in parts for kind in re.findall("[A-Z]{3,}", kinds)}
    names = {"INFO": "", "NOTICE": "notice", "WARNING": "warning", "ERROR": "", "CRITICAL": "crit"}
    assert named == {kind.name: names[kind.severity] for kind in program.kinds() if names[kind.severity]}
    assert [kind.name for kind in program.kinds() if kind.severity == "INFO"] == ["OK"] and "at err for the" in text


def test_what_a_table_says(sections: dict[str, str]) -> None:
    words = re.findall(r'X\(\w+, "(\w+)"\)', source("core/plan.h").partition("#define PLAN_SAYS")[2].partition("\n\n")[0])
    found = entries(sections["DESCRIPTION"].partition("Show where the VIP is")[2].partition("help ")[0], 13)
    assert [item for item in found if re.fullmatch("[a-z]+", item)] == words


def test_whatever_it_names_is_there(sections: dict[str, str]) -> None:
    """Options, in every section; files of the program's own."""
    names = {option.name for option in program.options()}
    for text in sections.values():
        assert set(re.findall(r"(?<![\w-])--([a-z][a-z-]+)", text)) <= names | {"no-source-dest-check", "really"}
    sources = "".join(path.read_text() for path in (ROOT / "src").rglob("*.[ch]"))
    for path in re.findall(r"^\.It Pa (.*)", PAGE.read_text(), re.MULTILINE):
        for each in path.split(" , "):
            folder, _, name = each.rpartition("/")
            assert each in sources or (folder in sources and f'"/{name}"' in sources) or each in ("/etc/resolv.conf", "/etc/hosts"), each


# Its examples, against the region.

def examples() -> list[list[str]]:
    """The argument lists of the examples, of the page and of each verb's help: up to where the shell's own words begin."""
    lines = re.findall(r"^\.Dl [#$] mirrorvip (.*)", PAGE.read_text().partition(".Sh EXAMPLES")[2], re.MULTILINE)
    for verb in program.verbs():
        lines += re.findall(r"^  mirrorvip (.*)", program.run("help", verb).stdout.partition("\nexample\n")[2], re.MULTILINE)
    return [shlex.split(re.split(r" [>|&]", line)[0]) for line in lines]


# What each comes to where nothing is prepared for it but a script that says yes: by its verb and its own options.
ENDS = {
    "policy": 0,
    "check": 0,
    "acquire --verbose": 0,
    "acquire --dry-run": 1,
    "acquire --only-if-owner": 0,
    "acquire --vip --route-table --guard": 0,
    "acquire --assume-role --external-id": 6,  # nobody is STS there
    "follow --vip --every": 0,
    "status": 1,
    "status --watch": 1,
    "status --prometheus": 1,
    "release --route": 0,
    "acquire --dry-run --verbose": 1,
    "policy --route": 0,
    "release": 0,
    "ocf": 0,
    "notify --vip": 0,
    "version": 0,
}


def shape(arguments: list[str]) -> str:
    return " ".join([arguments[0], *(word for word in arguments if word.startswith("--"))])


def test_each_example_does_what_it_says() -> None:
    assert {shape(arguments) for arguments in examples()} == ENDS.keys()
    with World(tables=3) as w:
        w.b.run(["mount", "-t", "tmpfs", "tmpfs", "/var/lib"], check=True)
        w.b.run(["mkdir", "-p", "/var/lib/prometheus/node-exporter"], check=True)
        w.b.write("/usr/local/sbin/may-i", "#!/bin/sh\ntest \"$*\" = --really\n", 0o755)
        w.b.write("/etc/mirrorvip.conf", f"ca-bundle = {CA_FILE}\nsts-endpoint-url = https://127.0.0.1:9\n")
        for arguments in examples():
            w.region.reset()
            if not any(address.startswith("10.109.10.254/") for address in w.b.addresses()):
                w.b.add_alias()
            child = w.b.start([INSTALLED, *arguments], env={"MIRRORVIP_DEADLINE": "3"})
            for option, said in (("--every", child.stderr), ("--watch", child.stdout)):
                if option in arguments:
                    assert said and said.readline()
                    child.send_signal(signal.SIGTERM)
            _, err = child.communicate(timeout=30)
            assert child.returncode == ENDS[shape(arguments)], (arguments, err)


def test_its_configuration_is_one(tmp_path: Path) -> None:
    [text] = re.findall(r"\.Bd -literal -offset indent\n(.*?)\.Ed", PAGE.read_text(), re.DOTALL)
    file = tmp_path / "mirrorvip.conf"
    file.write_text(text.replace("ens5", "lo"))
    file.chmod(0o644)
    assert program.run("status", "--config", str(file)).returncode == program.IDENTITY
    file.write_text(text + "wait = yes\n")
    assert program.run("status", "--config", str(file)).returncode == program.USAGE
