"""The demo: it tells the truth with its status, and Ctrl-C ends it in one line."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest


def demo(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "world.demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            cwd=Path(__file__).parents[1], env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TMPDIR": str(folder)})


def test_it_ends_well(tmp_path: Path) -> None:
    with demo(tmp_path) as process:
        out, err = process.communicate()
    assert process.returncode == 0 and not err
    assert "The client was carried from A to B" in out


@pytest.mark.parametrize("after_ms", [150, 250, 350, 500, None])
def test_ctrl_c_ends_it_in_one_line(after_ms: int | None, tmp_path: Path) -> None:
    """While it comes up, and (None) when it is at its work."""
    for later_ms in range(0, 1000, 50):
        with demo(tmp_path) as process:
            if after_ms:
                time.sleep((after_ms + later_ms) / 1000)
            else:
                assert process.stdout and process.stdout.readline()
            process.send_signal(signal.SIGINT)
            _, err = process.communicate()
        # Before the program's first line Python itself answers, in more words.
        if "KeyboardInterrupt" not in err and process.returncode != -signal.SIGINT:
            break
    assert (process.returncode, err) == (130, "demo: interrupted\n")
    until = time.monotonic() + 5
    while list(tmp_path.iterdir()):
        assert time.monotonic() < until
        time.sleep(0.02)
