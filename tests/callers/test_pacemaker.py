"""`mirrorvip ocf` as the one resource of a real cluster: Corosync and Pacemaker on the two hosts of a world."""

from __future__ import annotations

import pytest

from callers.pacemaker import OURS, THEIRS, Cluster
from world import Host, World
from world.until import comes_to


def started(world: World, provider: str = OURS, fencing: bool = False) -> Cluster:
    cluster = Cluster(world, provider, fencing)
    cluster.start()
    assert cluster.runs_at(world.a), cluster.state(world.a)
    # It is said to run as soon as its start has begun.
    assert comes_to(lambda: world.client.ask() == "A", 60) and not up(world.b)
    return cluster


def up(host: Host) -> bool:
    return "10.9.0.1/32" in host.addresses()


def test_a_cluster_moves_the_vip() -> None:
    """It starts, a client connects, the active host dies, and the client reaches the other."""
    with World(tables=3, destination="overlay", alias=False) as world:
        cluster = started(world)
        with world.client.watch() as watch:
            assert watch.wait_for("A", 15)
            world.a.die()
            assert watch.wait_for("B", 30), cluster.state(world.b)
        assert cluster.runs_at(world.b), cluster.state(world.b)
        assert world.scene.owners() == [world.scene.b.eni] * 3


@pytest.mark.parametrize("fencing", [True, False], ids=["fenced", "not fenced"])
def test_the_active_host_is_cut_off(fencing: bool) -> None:
    """From the other, from clients and from AWS; it does not notice, and its VIP stays up there.

    With fencing the VIP moves when that host has lost its power, and not before. Without, it moves at once, as nobody who is cut
    off from AWS can write a route.
    """
    with World(tables=3, destination="overlay", alias=False) as world:
        cluster = started(world, fencing=fencing)
        with world.client.watch() as watch:
            assert watch.wait_for("A", 15)
            cluster.cut(world.a)
            if fencing:
                assert watch.wait_for(None, 15) and world.scene.owners() == [world.scene.a.eni] * 3
                assert cluster.fence() == "A"
            assert watch.wait_for("B", 60), cluster.state(world.b)
        assert cluster.runs_at(world.b), cluster.state(world.b)
        assert world.scene.owners() == [world.scene.b.eni] * 3 and up(world.b) and (fencing or up(world.a))


def test_a_resource_changes_only_its_provider() -> None:
    """While it runs: the agent that it had takes its alias down, which has no label, and this one puts up its own."""
    with World(tables=1, destination="overlay", alias=False) as world:
        cluster = started(world, THEIRS)
        assert world.a.addresses()["10.9.0.1/32"] == "eth0"
        cluster.give_to(world.a, OURS)
        assert comes_to(lambda: world.a.addresses().get("10.9.0.1/32") == "eth0:1", 90), cluster.state(world.a)
        assert cluster.runs_at(world.a) and world.client.ask() == "A" and not up(world.b)
        assert "Failed" not in cluster.state(world.a)
