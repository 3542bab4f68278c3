"""release/mirrorvip.bash-completion, driven as bash drives it."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from pathlib import Path

import pytest

from callers import program
from callers.program import ROOT
from world import BINARY

FILE = ROOT / "release" / "mirrorvip.bash-completion"

# Bash's own part: the words of a line so far, then the function that is registered for the command. Many lines in one
# bash, each ended by a word that is a dot.
DRIVE = """
source "$1"; shift
[[ $(complete -p mirrorvip) =~ -F\\ ([a-z_]+)\\ mirrorvip ]] || exit
function=${BASH_REMATCH[1]} words=(mirrorvip)
for word; do
    if [[ $word != . ]]; then words+=("$word"); continue; fi
    COMP_WORDS=("${words[@]}") COMP_CWORD=$((${#words[@]} - 1))
    "$function" mirrorvip 2>/dev/null
    printf '%s\\n' "${COMPREPLY[@]}" '' .
    words=(mirrorvip)
done
"""


def complete(*lines: tuple[str, ...], path: str = f"{BINARY.parent}:{os.environ['PATH']}") -> list[list[str]]:
    """What bash would offer for the last word of each line, which may be an empty one."""
    done = subprocess.run(["bash", "-c", DRIVE, "bash", FILE, *(word for line in lines for word in (*line, "."))],
                          capture_output=True, text=True, check=True, env={"PATH": path})
    assert not done.stderr, done.stderr
    offers = [sorted(word for word in offer.split("\n") if word) for offer in done.stdout.split("\n.\n")[:-1]]
    assert len(offers) == len(lines)
    return offers


def test_verbs() -> None:
    verbs = sorted(program.verbs())
    assert complete(("",), ("re",), ("x",), ("help", ""), ("help", "st"), ("help", "acquire", "")) == [verbs, ["release"], [], verbs, ["status"], []]


@pytest.mark.parametrize("verb", [*program.running(), "version"])
def test_options(verb: str) -> None:
    """Those of the verb and no others, whatever stands between."""
    names = sorted(f"--{option.name}" for option in program.options() if verb in option.verbs)
    begun = [name for name in names if name.startswith("--e")]
    assert complete((verb, ""), (verb, "--"), (verb, "--e"), (verb, "--help", "--e")) == [names, names, begun, begun]
    if verb != "version":
        assert complete((verb, "--vip", "10.9.0.1", "--e"), (verb, "--vip", "=", "10.9.0.1", "--e")) == [begun, begun]


def test_values(tmp_path: Path) -> None:
    """The words among the alternatives of a value, files, interfaces; after a blank or after '=', which is a word to bash."""
    (tmp_path / "a file").touch()
    expected: dict[tuple[str, ...], list[str]] = {}
    for option in (option for option in program.options() if option.value):
        line, begun = (min(option.verbs), f"--{option.name}"), ""
        words = sorted(word for word in option.value.split("|") if not word.isupper() and "[" not in word)
        if option.name == "interface":
            words = sorted(os.listdir("/sys/class/net"))
        elif option.value.strip("[]") == "FILE":
            begun, words = f"{tmp_path}/a", [f"{tmp_path}/a file"]
        expected |= {(*line, begun): words, (*line, "=", begun): words}
        if not begun:
            expected[*line, "="] = words
        elif option.value != "FILE":
            expected[*line, "--dead"] = ["--deadline"]
    assert dict(zip(expected, complete(*expected))) == expected


def test_without_the_program_it_is_silent() -> None:
    assert complete(("",), ("acquire", ""), path="/usr/bin:/bin") == [[], []]


def test_at_a_prompt() -> None:
    """A bash that a terminal talks to: the keys of somebody who knows half of the words."""
    leader, follower = pty.openpty()
    shell = subprocess.Popen(["bash", "--norc", "--noprofile", "-i"], stdin=follower, stdout=follower, stderr=follower,
                             start_new_session=True,
                             env={"PATH": f"{BINARY.parent}:{os.environ['PATH']}", "TERM": "dumb", "PS1": "$ ", "INPUTRC": "/dev/null"})
    os.close(follower)
    try:
        os.write(leader, f"source {FILE}\n".encode() + b"mirrorvip acq\t--tab\tex\t--fip\tt\t\x01echo '<' \x05 '>'\n")
        said, until = b"", time.monotonic() + 10
        while b"\n< " not in said and time.monotonic() < until:
            if select.select([leader], [], [], 0.1)[0]:
                said += os.read(leader, 65536)
        assert re.search(rb"\n< mirrorvip acquire --tables existing --fips true +>", said), said
    finally:
        shell.kill()
        shell.wait()
        os.close(leader)
