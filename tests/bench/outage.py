"""How long a client in the world is without an answer, from host A's death until host B answers it."""

from __future__ import annotations

from world import World
from world.place import Unable
from world.world import CA_FILE, INSTALLED

from peers import PEERS, Peer

from .service import DESTINATION

TABLES, LATENCY_MS = 5, 30
PROGRAMS = (Peer("mirrorvip", [INSTALLED, "acquire"]), *PEERS)


def measure(program: Peer) -> float:
    """Milliseconds."""
    with World(tables=TABLES, destination=DESTINATION, latency_ms=LATENCY_MS) as world:
        program.prepare(world.b)
        with world.client.watch() as watch:
            if not watch.wait_for("A"):
                raise Unable("the client does not reach host A")
            world.a.die()
            done = world.b.run(program.argv, env=program.environment(world.scene, CA_FILE), timeout=120)
            if done.returncode or not watch.wait_for("B"):
                raise Unable(f"{program.name} did not carry the client to B: {done.stderr}")
        return watch.outage_ms
