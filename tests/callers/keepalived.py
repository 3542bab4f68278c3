"""Two hosts of a world, each with a keepalived of its own, set up as release/keepalived/keepalived.conf has it."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from world import Host, World
from world.until import comes_to
from world.world import CA_FILE, INSTALLED

SAMPLE = Path(__file__).parents[2] / "release" / "keepalived" / "keepalived.conf"
INSTANCE = "VI_1"


def configuration(own: str, peer: str, priority: int, sample: str = "") -> str:
    """The sample, with what differs from host to host."""
    text = sample or SAMPLE.read_text()
    for setting, value in ((r"(?<=unicast_src_ip )[\d.]+", own), (r"(?<=unicast_peer \{\n)( +)[\d.]+", rf"\g<1>{peer}"),
                           (r"(?<=priority )\d+", str(priority))):
        text, count = re.subn(setting, value, text)
        assert count == 1, setting
    return text


class Pair:
    """keepalived on both hosts, A before B; and mirrorvip's own service that repeats a notice every second."""

    def __init__(self, world: World):
        self.world = world
        self._chance = random.Random(7)
        self._daemons: dict[str, subprocess.Popen[str]] = {}
        for host, peer, priority in ((world.a, world.b, 150), (world.b, world.a, 100)):
            host.write("/etc/mirrorvip.conf", f"vip = {world.scene.vip}\nca-bundle = {CA_FILE}\nlog = syslog\n")
            host.write("/etc/keepalived/keepalived.conf",
                       configuration(host.instance.private_ip, peer.instance.private_ip, priority))
            host.start([INSTALLED, "notify", "--every", "1", "--deadline", "3", "again", INSTANCE], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self, *hosts: Host) -> None:
        for host in hosts:
            self._daemons[host.name] = host.start(["keepalived", "--dont-fork", "--vrrp", "--log-console"],
                                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self, host: Host) -> None:
        """In good order."""
        daemon = self._daemons.pop(host.name)
        daemon.terminate()
        daemon.wait(10)

    def kill(self, host: Host) -> None:
        """So that it can say nothing: the daemon and its child."""
        daemon = self._daemons.pop(host.name)
        # As long as it is stopped it buries no child, so that each keeps its number.
        daemon.send_signal(signal.SIGSTOP)
        children = Path(f"/proc/{daemon.pid}/task/{daemon.pid}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGKILL)
        daemon.kill()
        daemon.wait(10)
        # The world's init buries nobody, so that the next one would take the dead child for a running daemon.
        host.run(["sh", "-c", "rm -f /run/*.pid /run/keepalived/*.pid"], check=True)

    def restart(self, host: Host) -> None:
        self.stop(host)
        self.start(host)

    def cut(self) -> None:
        """Neither host hears the other any more; both reach AWS, and clients reach both."""
        for host, peer in self._both():
            host.ip(f"route add blackhole {peer.instance.private_ip}/32")

    def heal(self) -> None:
        for host, peer in self._both():
            host.ip(f"route del blackhole {peer.instance.private_ip}/32")

    def flap(self) -> None:
        """Stop, kill, restart or cut, at random and for a random while; then both run and hear each other."""
        host = self._chance.choice([self.world.a, self.world.b])
        undo: Callable[[], None] = lambda: self.start(host)
        match self._chance.choice(["stop", "kill", "restart", "cut"]):
            case "stop":
                self.stop(host)
            case "kill":
                self.kill(host)
            case "restart":
                undo = lambda: self.restart(host)
            case "cut":
                self.cut()
                undo = self.heal
        time.sleep(self._chance.choice([0.05, 0.3, 0.9, 1.5]))
        undo()
        time.sleep(self._chance.choice([0.05, 0.3, 0.9]))

    def _both(self) -> list[tuple[Host, Host]]:
        return [(self.world.a, self.world.b), (self.world.b, self.world.a)]

    def is_at(self, host: Host) -> bool:
        """Whether it owns every table, only its alias is up, and the client is answered by it."""
        up = [each.name for each in (self.world.a, self.world.b) if f"{self.world.scene.vip}/32" in each.addresses()]
        return (self.world.scene.owners() == [host.instance.eni] * len(self.world.scene.tables) and up == [host.name]
                and self.world.client.ask(0.5) == host.name)

    def comes_to(self, host: Host, timeout: float = 15) -> bool:
        return comes_to(lambda: self.is_at(host), timeout)

    def settles_at(self, host: Host, timeout: float = 15) -> bool:
        """Whether that comes to be so, and then stays so for longer than a notice is repeated."""
        return self.comes_to(host, timeout) and not comes_to(lambda: not self.is_at(host), 1.5)
