"""What the program's own tables say: verbs, options, exit statuses, and the names of the environment."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from world import BINARY

ROOT = Path(__file__).parents[2]

# Exit statuses that a test asks for by name.
USAGE, IDENTITY = 2, 5


@dataclass(frozen=True)
class Option:
    """An option as `mirrorvip help` shows it, and the verbs that it belongs to."""

    name: str
    value: str
    verbs: frozenset[str]
    default: str  # as far as its line ends with one


@dataclass(frozen=True)
class Kind:
    """How a run can end: `base/error.h`."""

    status: int
    name: str
    severity: str
    meaning: str
    cure: str


def source(path: str) -> str:
    return (ROOT / "src" / path).read_text()


def _table(text: str, name: str) -> str:
    """The rows of an X-macro. Strings side by side are one, as a macro's text between them goes."""
    rows = text.partition(f"#define {name}(X)")[2].partition("\n\n")[0]
    return re.sub(r'"\s+CONFIG_FILE\b', '/etc/mirrorvip.conf"', rows)


def verbs() -> dict[str, str]:
    """Each verb with what it does, in the order of the help."""
    table = _table(source("app/options/options.h"), "VERBS")
    found = dict(re.findall(r'X\(\w+, "(\w+)",[\s\\]*"([^"]+)"\)', table))
    assert len(found) == table.count("X(")
    return found


def running() -> list[str]:
    """The verbs that look at the region."""
    return list(verbs())[:list(verbs()).index("help")]


def options() -> list[Option]:
    table = _table(source("app/options/options.h"), "OPTIONS")
    rows = re.findall(r'X\(\w+, "([^"]+)", (?:NULL|"([^"]+)"), (?:true|false),[\s\\]*([A-Z_ |]+),[\s\\]*"([^"]+)"\)', table)
    assert len(rows) == table.count("X(")
    return [Option(name, value, _verbs_of(set_), _default(text)) for name, value, set_, text in rows]


def _verbs_of(names: str) -> frozenset[str]:
    sets = {"OF_RUNS": running(), "OF_ANY": list(verbs())} | {f"OF_{verb.upper()}": [verb] for verb in verbs()}
    return frozenset(verb for name in names.split(" | ") for verb in sets[name])


def _default(text: str) -> str:
    match = re.search(r"default:? (\S+)$", text)
    return match[1] if match else ""


def kinds() -> list[Kind]:
    table = _table(source("base/error.h"), "ERR_KINDS")
    rows = re.findall(r'X\((\w+), (\d+), (\w+), "([^"]*)",[\s\\]*"([^"]*)"\)', table)
    assert len(rows) == table.count("X(")
    return [Kind(int(status), kind, severity, meaning, cure) for kind, status, severity, meaning, cure in rows]


def environment() -> set[str]:
    """Every name that it looks for in the environment, but for the options' own."""
    text = "".join(path.read_text() for path in sorted((ROOT / "src").rglob("*.[ch]")))
    return set(re.findall(r'"((?:AWS|NO|LC)_[A-Z0-9_]+|[a-z]+_proxy|HTTPS?_PROXY|LANG|TERM|COLUMNS|HOME)"', text))


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it where it can reach nothing: metadata is at a port that nobody has."""
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True,
                          env={"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:9"})


def is_key(name: str, folder: Path) -> bool:
    """Whether the configuration knows it as a key, whatever it thinks of its value."""
    file = folder / "key.conf"
    file.write_text(f"{name} = x\n")
    file.chmod(0o644)
    return "is no key" not in run("status", "--config", str(file)).stderr
