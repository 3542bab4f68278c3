"""The shared credentials file beside Python's `configparser`, set up as botocore has it: both take a file and see the same in the profile,
or both refuse it, but for what STRICTER and LAXER list."""

from __future__ import annotations

import configparser
import io
import re

from .corpus import HERE
from .oracle import mutated, told

COUNT = 6000
KEYS = re.findall(r'X\(\w+, "(\w+)"\)', (HERE.parents[1] / "src/aws/profile.h").read_text())

# What this program says of a file that Python takes, and why.
STRICTER = {
    "it goes on with a value that takes one line": "none of the values that matter here has two lines",
}
# What Python says of a file that this program takes.
LAXER = {
    "DuplicateOptionError": "a key of another profile, or one that does not matter, stands twice",
    "DuplicateSectionError": "another section does",
}


def meaning(data: bytes) -> dict[str, str] | str | None:
    """The keys of the profile "one" that matter; or the error's name; None: there is no such profile."""
    parser = configparser.RawConfigParser(default_section=None)  # type: ignore[arg-type]
    try:
        parser.read_file(io.TextIOWrapper(io.BytesIO(data), "ascii"))
    except configparser.Error as why:
        return type(why).__name__
    return {key: value for key, value in parser.items("one") if key in KEYS} if parser.has_section("one") else None


def test_changed_files_mean_the_same_or_are_refused_by_both() -> None:
    """Of ASCII, as botocore decodes the file in the locale's coding; without lone CR, which ends a line there, and without 1C to 1F, which
    are blanks there."""
    every = told("profile", (data for data in mutated("profile", COUNT) if not re.search(rb"[\0\x1c-\x1f\x80-\xff]|\r(?!\n)", data)))
    for it in every:
        theirs = meaning(it.data)
        if it.taken:
            assert theirs == meaning(it.meaning) or (isinstance(theirs, str) and theirs in LAXER), it
        else:
            assert isinstance(theirs, str) or it.why.partition(": ")[2] in STRICTER, it
    assert 100 < sum(it.taken for it in every) < len(every) - 100
