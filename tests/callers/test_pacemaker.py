"""`mirrorvip ocf` as the one resource of a real cluster: Corosync and Pacemaker on the two hosts of a world."""

from __future__ import annotations

from callers.pacemaker import OURS, Cluster
from world import World


def test_a_cluster_moves_the_vip() -> None:
    """It starts, a client connects, the active host dies, and the client reaches the other."""
    with World(tables=3, destination="overlay", alias=False) as world:
        cluster = Cluster(world, OURS)
        cluster.start()
        assert cluster.runs_at(world.a), cluster.state(world.a)
        assert world.client.ask() == "A" and "10.9.0.1/32" not in world.b.addresses()
        with world.client.watch() as watch:
            assert watch.wait_for("A")
            world.a.die()
            assert watch.wait_for("B", timeout=20), cluster.state(world.b)
        assert cluster.runs_at(world.b, timeout=5), cluster.state(world.b)
        assert world.scene.owners() == [world.scene.b.eni] * 3
