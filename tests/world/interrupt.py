"""Ctrl-C for a program with a world. Import it before anything else, since to import the rest takes a while."""

from __future__ import annotations

import os
import signal


def end_with_one_line(name: str) -> None:
    """At Ctrl-C end at once, with a line and status 130, wherever the program is. Its worlds end with it."""
    def end(*_: object) -> None:
        os.write(2, f"{chr(10) if os.isatty(2) else ''}{name}: interrupted\n".encode())
        os._exit(130)
    signal.signal(signal.SIGINT, end)
