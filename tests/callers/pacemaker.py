"""The two hosts of a world as a cluster: Corosync and Pacemaker, as Debian has them, with the VIP as their one resource.

The daemons have a /var of their own on each host, and names in /dev/shm. There is no fencing device, so two hosts that do
not hear each other would both have the VIP: a host that dies is what can be shown, and a move that is asked for.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from xml.sax.saxutils import quoteattr

from world import Host, World
from world.place import PATH
from world.world import CA_FILE, INSTALLED

OURS, THEIRS = "mirrorvip", "heartbeat"
TYPE = "aws-vpc-move-ip"

# What a host of a cluster has of its own; the agents' folder is a layer over the machine's.
_SETUP = f"""
for folder in /var/lib/pacemaker /var/lib/corosync /var/log/pacemaker /var/log/corosync /dev/shm; do
	mkdir -p $folder
	mount -t tmpfs -o mode=1777 tmpfs $folder
done
for folder in blackbox cib cores pengine; do install -d -o hacluster -g haclient -m 0750 /var/lib/pacemaker/$folder; done
chown hacluster:haclient /var/log/pacemaker
mkdir -p /run/ocf/upper /run/ocf/scratch
mount -t overlay -o lowerdir=/usr/lib/ocf/resource.d,upperdir=/run/ocf/upper,workdir=/run/ocf/scratch overlay /usr/lib/ocf/resource.d
mkdir /usr/lib/ocf/resource.d/mirrorvip
ln -s {INSTALLED} /usr/lib/ocf/resource.d/mirrorvip/{TYPE}
"""

_COROSYNC = """
totem {{
    version: 2
    cluster_name: mirror
    transport: udpu
    token: 1000
}}
nodelist {{
    node {{
        name: A
        nodeid: 1
        ring0_addr: {a}
    }}
    node {{
        name: B
        nodeid: 2
        ring0_addr: {b}
    }}
}}
quorum {{
    provider: corosync_votequorum
    two_node: 1
    wait_for_all: 0
}}
logging {{
    to_stderr: yes
    to_syslog: no
}}
"""


class Cluster:
    """Both hosts of a world, with one resource of our provider or of the one that it is compared with."""

    def __init__(self, world: World, provider: str):
        self.world, self.provider = world, provider
        for host in (world.a, world.b):
            host.run(["sh", "-ec", _SETUP], check=True)
            host.write("/etc/mirrorvip.conf", f"ca-bundle = {CA_FILE}\n")
            host.write("/etc/aws.conf", "[default]\n")
            host.write("/etc/corosync/corosync.conf", _COROSYNC.format(a=world.a.instance.private_ip, b=world.b.instance.private_ip))

    def start(self) -> None:
        """Bring the cluster up, with the VIP at host A."""
        for host in (self.world.a, self.world.b):
            self._daemon(host, "corosync", "-f")
        for host in (self.world.a, self.world.b):
            assert within(20, lambda: self._tool(host, "corosync-cpgtool").returncode == 0), "corosync did not come up"
            self._daemon(host, "pacemakerd", "-f")
        assert within(60, lambda: "online" in self._tool(self.world.a, "crm_mon", "-1").stdout.lower()
                      and self._configure().returncode == 0), "pacemaker did not come up"

    def runs_at(self, host: Host, timeout: float = 60) -> bool:
        """Whether the cluster comes to say that the VIP runs there."""
        return within(timeout, lambda: f"is running on: {host.name}" in self._tool(host, "crm_resource", "--resource", "vip", "--locate").stdout)

    def stand_by(self, host: Host) -> None:
        """As an administrator asks before maintenance."""
        done = self._tool(host, "crm_attribute", "--node", host.name, "--name", "standby", "--update", "on")
        assert done.returncode == 0, done.stderr

    def state(self, host: Host) -> str:
        return self._tool(host, "crm_mon", "-1", "-r", "-n").stdout

    def _configure(self) -> subprocess.CompletedProcess[str]:
        parameters = {"ip": self.world.scene.vip, "routing_table": ",".join(self.world.scene.tables), "interface": "eth0",
                      "region": self.world.region.name}
        attributes = "".join(f"<nvpair id={quoteattr(f'vip-{name}')} name={quoteattr(name)} value={quoteattr(value)}/>"
                             for name, value in parameters.items())
        actions = "".join(f'<op id="vip-{name}" name="{name}" interval="{interval}" timeout="180s"/>'
                          for name, interval in (("start", "0s"), ("stop", "0s"), ("monitor", "10s")))
        vip = (f'<primitive id="vip" class="ocf" provider="{self.provider}" type="{TYPE}"><instance_attributes id="vip-attributes">'
               f"{attributes}</instance_attributes><operations>{actions}</operations></primitive>")
        for name, value in (("stonith-enabled", "false"), ("no-quorum-policy", "ignore")):
            done = self._tool(self.world.a, "crm_attribute", "--type", "crm_config", "--name", name, "--update", value)
            if done.returncode != 0:
                return done
        self._tool(self.world.a, "cibadmin", "--create", "-o", "constraints", "-X",
                   '<rsc_location id="first" rsc="vip" node="A" score="100"/>')
        done = self._tool(self.world.a, "cibadmin", "--create", "-o", "resources", "-X", vip)
        self._tool(self.world.a, "cibadmin", "--create", "-o", "constraints", "-X",
                   '<rsc_location id="first" rsc="vip" node="A" score="100"/>')
        return done

    def _daemon(self, host: Host, *argv: str) -> None:
        env = {"PATH": PATH, "AWS_CA_BUNDLE": CA_FILE, "AWS_CONFIG_FILE": "/etc/aws.conf", "PCMK_logfile": "none"}
        host.start(argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _tool(self, host: Host, *argv: str) -> subprocess.CompletedProcess[str]:
        return host.run(argv)


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.2)
    return False
