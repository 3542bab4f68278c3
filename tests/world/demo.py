"""A failover before your eyes: `python3 -m world.demo`.

Two hosts and a client on an embedded AWS region, with mirrorvip as it was built. Host A dies, host B runs
`mirrorvip acquire`. The status is 0 only if every route table then leads to B and the client is answered by B.
"""

from __future__ import annotations

from .interrupt import end_with_one_line

if __name__ == "__main__":
    end_with_one_line("demo")

import os
import re
import subprocess
import sys
import textwrap
import time

from .place import Unable
from .world import BINARY, SERVICE_PORT, Watch, World

WIDTH = 80
TABLES = 3
COMMAND = "mirrorvip acquire -v"


class Screen:
    """Lines for a reader: headed sections, and colour where a terminal shows it and nobody has refused it."""

    _CODES = {"head": "1", "A": "36", "B": "32", "bad": "31", "dim": "2"}

    def __init__(self) -> None:
        self._colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"

    def paint(self, text: str, style: str) -> str:
        return f"\033[{self._CODES[style]}m{text}\033[0m" if self._colour else text

    def who(self, answer: str | None) -> str:
        return self.paint(answer, answer) if answer else self.paint("nobody", "bad")

    def head(self, text: str) -> None:
        print(f"\n{self.paint(text, 'head')}", flush=True)

    def line(self, text: str = "") -> None:
        print(f"  {text}".rstrip(), flush=True)

    def quote(self, text: str) -> None:
        """What a program has said. A line that is too long goes on under its last column."""
        for line in text.splitlines():
            columns = re.match(r".*\S  +", line)
            indent = " " * (columns.end() if columns else 0)
            for part in textwrap.wrap(line, WIDTH - 4, subsequent_indent=indent) or [""]:
                print(self.paint("  │ ", "dim") + part)


def show_scene(screen: Screen, w: World) -> None:
    scene = w.scene
    screen.head("The scene")
    screen.line(f"One VPC with {len(scene.tables)} route tables. Both hosts carry the VIP {scene.vip} as eth0:1;")
    screen.line(f"the VPC sends {scene.destination} to the interface (ENI) of one of them.")
    screen.line()
    for host in (w.a, w.b):
        screen.line(f"host {screen.paint(host.name, host.name)}  {host.instance.private_ip:<12} {host.instance.zone:<14} {host.instance.eni}")
    screen.line(f"client  asks {scene.vip}:{SERVICE_PORT} every {Watch.PACE_S * 1000:.0f} ms: who are you?")
    screen.line()
    screen.line("This region answers at once. With AWS, add what its answers take.")


def show_tables(screen: Screen, w: World, when: str) -> None:
    """What the region says, and where the router's kernel sends packets for it."""
    names = {host.instance.eni: host.name for host in (w.a, w.b)}
    screen.head(f"The region's tables, {when}")
    screen.line(screen.paint(f"{'ROUTE TABLE':<21}  {'NAME':<5}  {w.scene.destination + ' GOES TO':<24}  PACKETS GO TO", "dim"))
    for table, target in zip(w.scene.tables, w.scene.owners()):
        hop = w.router_routes(table).get(w.scene.destination, "nowhere")
        owner = screen.who(names.get(target or ""))
        screen.line(f"{table:<21}  {w.region.tables[table].tags['Name']:<5}  {target or 'nowhere':<21} {owner}   {hop}")


def show_client(screen: Screen, watch: Watch, died: float, outcome: str | None) -> None:
    """The client's story, with A's death as its zero."""
    screen.head("The client")
    first, *others = watch.answers()
    screen.line(f"{'from the start':>14}  {screen.who(first.answer)} answers")
    screen.line(f"{'0.0 ms':>14}  host A loses its power")
    for sample in others:
        screen.line(f"{(sample.time - died) * 1000:>11.1f} ms  {screen.who(sample.answer)} answers")
    screen.line(f"{'now':>14}  {screen.who(outcome)} answers")


def run(screen: Screen) -> int:
    with World(tables=TABLES, destination="spare") as w:
        print(screen.paint("mirrorvip: a failover on an embedded AWS region", "head"))
        show_scene(screen, w)
        show_tables(screen, w, "before")
        with w.client.watch() as watch:
            if not watch.wait_for("A"):
                raise Unable("the client does not reach host A")
            died = time.monotonic()
            w.a.die()
            began = time.monotonic()
            done = w.b.mirrorvip(*COMMAND.split()[1:], stderr=subprocess.STDOUT)
            ran_ms = (time.monotonic() - began) * 1000
            watch.wait_for("B", timeout=2)
        return report(screen, w, watch, died, ran_ms, done)


def report(screen: Screen, w: World, watch: Watch, died: float, ran_ms: float,
           done: subprocess.CompletedProcess[str]) -> int:
    screen.head(f"Host A loses its power. Host B: {COMMAND}")
    screen.quote(done.stdout)
    screen.line(f"exit status {done.returncode}, {ran_ms:.0f} ms")
    show_tables(screen, w, "after")
    outcome = w.client.ask()
    show_client(screen, watch, died, outcome)
    moved = w.scene.owners() == [w.scene.b.eni] * len(w.scene.tables)
    good = done.returncode == 0 and moved and outcome == "B"
    screen.head(f"The client was carried from A to B; it was without an answer for {watch.outage_ms:.0f} ms." if good
                else "The client was not carried to B.")
    return 0 if good else 1


def main() -> int:
    try:
        if not BINARY.exists():
            raise Unable("it needs build/mirrorvip: run make")
        return run(Screen())
    except Unable as unable:
        print(f"demo: {unable}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
