"""Failovers under a cluster manager, before your eyes: `python3 -m callers.demo pacemaker|keepalived`.

The daemons are Debian's own, on the two hosts of a world; a client asks every few milliseconds who has the VIP. The status is
0 only if the VIP was in the end where it belongs, each time.
"""

from __future__ import annotations

from world.interrupt import end_with_one_line

if __name__ == "__main__":
    end_with_one_line("demo")

import sys
import time
from collections.abc import Callable

from callers.keepalived import Pair
from callers.pacemaker import OURS, THEIRS, Cluster
from world import Unable, World

TABLES = 3
FLAP_S = 60


def outage(world: World, act: Callable[[], None], then: str, timeout: float = 300) -> float | None:
    """What a client saw of it, in seconds; None if it did not come to where it should."""
    with world.client.watch() as watch:
        # A resource is said to run as soon as its start has begun.
        if not watch.wait_for({"A": "B", "B": "A"}[then], timeout):
            return None
        act()
        moved = watch.wait_for(then, timeout)
    return watch.outage_ms / 1000 if moved else None


def say(what: str, seconds: float | None) -> bool:
    print(f"  {what:<58}" + (f"{seconds:>7.2f} s" if seconds is not None else "  never"), flush=True)
    return seconds is not None


def cluster_of(provider: str) -> bool:
    print(f"\nocf:{provider}:aws-vpc-move-ip, {TABLES} route tables", flush=True)
    good = True
    for what, act in (("the active host is put on standby", Cluster.stand_by), ("the active host loses its power", lambda _, host: host.die())):
        with World(tables=TABLES, destination="overlay", alias=False) as world:
            cluster = Cluster(world, provider)
            cluster.start()
            if not cluster.runs_at(world.a, 300):
                raise Unable("the VIP did not start at host A:\n" + cluster.state(world.a))
            good &= say(what, outage(world, lambda: act(cluster, world.a), "B"))
    return good


def pacemaker() -> bool:
    print("Corosync and Pacemaker on two hosts: how long a client was without an answer")
    good = [cluster_of(provider) for provider in (OURS, THEIRS)]
    return good[0]


def keepalived() -> bool:
    print("keepalived on two hosts, over unicast VRRP: how long a client was without an answer\n")
    with World(tables=TABLES, destination="overlay", alias=False) as world:
        pair = Pair(world)
        a, b = world.a, world.b
        pair.start(a, b)
        good = pair.settles_at(a)
        good &= say("keepalived is stopped on host A", outage(world, lambda: pair.stop(a), "B"))
        good &= say("it is started again, and A is the master", outage(world, lambda: pair.start(a), "A"))
        good &= pair.settles_at(a)
        good &= say("it is killed on host A", outage(world, lambda: pair.kill(a), "B"))
        good &= say("it is started again", outage(world, lambda: pair.start(a), "A"))
        good &= pair.settles_at(a)
        good &= say("the two do not hear each other any more", outage(world, pair.cut, "B"))
        good &= say("they hear each other again", outage(world, pair.heal, "A"))
        good &= pair.settles_at(a)
        until, count = time.monotonic() + FLAP_S, 0
        while time.monotonic() < until:
            pair.flap()
            count += 1
        settled = pair.settles_at(a, 30)
        print(f"\n  For {FLAP_S} s one of them was stopped, killed, restarted or cut off, {count} times. In the end "
              + ("A has every table, and only A's alias is up." if settled else "the VIP was not where it belongs."))
        good &= settled
    with World(tables=TABLES, destination="overlay", alias=False) as world:
        pair = Pair(world)
        pair.start(world.a, world.b)
        good &= pair.settles_at(world.a)
        good &= say("host A loses its power", outage(world, world.a.die, "B"))
    return good


def main() -> int:
    try:
        return 0 if {"pacemaker": pacemaker, "keepalived": keepalived}[sys.argv[1]]() else 1
    except Unable as unable:
        print(f"demo: {unable}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
