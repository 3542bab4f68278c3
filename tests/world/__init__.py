"""A world to run mirrorvip in: two hosts, a client and a router whose kernel routes follow a region's tables.

    from world import World
    with World(tables=3) as w:
        w.client.ask()                      # "A": a TCP connection to the VIP was answered by host A
        w.a.die()
        w.b.mirrorvip("acquire", "-v")      # the release binary, as it is, in host B
        w.client.ask()                      # "B"

It needs root, Linux, Python's standard library, iproute2 and util-linux. Nothing of it has a name outside
itself, so any number of worlds can run side by side, and nothing is left of one when its owner ends,
whichever way that is.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .place import Place, Unable
    from .world import BINARY, Client, Host, Watch, World

__all__ = ["BINARY", "Client", "Host", "Place", "Unable", "Watch", "World"]


def __getattr__(name: str) -> Any:
    # Imported when asked for, so that a module of this package, run as a program, can see to Ctrl-C first.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import place, world
    return getattr(world, name, None) or getattr(place, name)
