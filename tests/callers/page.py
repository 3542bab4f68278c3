"""The manual, release/mirrorvip.8, as it is read."""

from __future__ import annotations

import re
import subprocess

from callers.program import ROOT

PAGE = ROOT / "release" / "mirrorvip.8"


def mandoc(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["mandoc", *arguments, PAGE], capture_output=True, text=True)


def sections() -> dict[str, str]:
    """Without bold and underlined, by its headings."""
    plain = re.sub(".\b", "", mandoc("-T", "ascii", "-O", "width=100").stdout)
    parts = re.split(r"^([A-Z][A-Z ]+)$", plain, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def entries(section: str, indent: int = 5) -> dict[str, str]:
    """The items of a list and what each says, on one line. A short item has the beginning of its text beside it."""
    found: dict[str, list[str]] = {}
    item: list[str] | None = None
    for line in section.split("\n"):
        if re.match(rf" {{{indent}}}[^ ]", line):
            name, _, text = line.strip().partition("  ")
            assert name not in found, f"it stands twice: {name}"
            item = found[name] = [text.strip()] if text else []
        elif item is not None and line.strip():
            item.append(line.strip())
    return {name: " ".join(text) for name, text in found.items()}
