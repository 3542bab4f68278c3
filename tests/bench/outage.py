"""How long a client in the world is without an answer, from host A's death until host B answers it."""

from __future__ import annotations

import subprocess

from world import World
from world.world import CA_FILE, INSTALLED

from peers import PEERS, Peer

from .service import DESTINATION
from .stage import PATIENCE_S

TABLES, LATENCY_MS = 5, 30
PROGRAMS = (Peer("mirrorvip", [INSTALLED, "acquire"]), *PEERS)


class NotCarried(Exception):
    """The client did not come to host B."""


def measure(program: Peer) -> float:
    """Milliseconds."""
    with World(tables=TABLES, destination=DESTINATION, latency_ms=LATENCY_MS) as world:
        program.prepare(world.b)
        with world.client.watch() as watch:
            if not watch.wait_for("A"):
                raise NotCarried("it does not reach host A")
            world.a.die()
            try:
                done = world.b.run(program.argv, env=program.environment(world.scene, CA_FILE), timeout=PATIENCE_S)
            except subprocess.TimeoutExpired as late:
                raise NotCarried(f"{program.name} did not end in time") from late
            if done.returncode or not watch.wait_for("B"):
                raise NotCarried(f"{program.name} ended with status {done.returncode}: {done.stderr}")
        return watch.outage_ms
