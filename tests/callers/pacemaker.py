"""The two hosts of a world as a cluster: Corosync and Pacemaker, as Debian has them, with the VIP as their one resource.

The daemons have a /var of their own on each host, and names in /dev/shm. Fencing is a switch of the world's own, which takes a
host's power when the other one's fence agent asks for it: through the router, as the agents for AWS ask its API.
"""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

from world import Host, World
from world.place import PATH
from world.router import API
from world.until import comes_to
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
install -o hacluster -g haclient -m 0600 /etc/cib.xml /var/lib/pacemaker/cib/cib.xml
chown hacluster:haclient /var/log/pacemaker
for folder in /usr/lib/ocf/resource.d /usr/sbin; do
	mkdir -p /run/layers$folder/upper /run/layers$folder/scratch
	mount -t overlay -o lowerdir=$folder,upperdir=/run/layers$folder/upper,workdir=/run/layers$folder/scratch overlay $folder
done
mkdir /usr/lib/ocf/resource.d/mirrorvip
ln -s {INSTALLED} /usr/lib/ocf/resource.d/mirrorvip/{TYPE}
install -m 0755 /etc/fence_switch /usr/sbin/fence_switch
"""

# A fence agent: says the host's name to the switch, and waits until that has been done.
SWITCH_PORT = 4443
_FENCE_AGENT = f"""#!/bin/bash
while read -r line; do
	case $line in action=*) action=${{line#*=}} ;; port=*) host=${{line#*=}} ;; esac
done
case $action in
metadata)
	echo '<resource-agent name="fence_switch"><version>1.0</version><longdesc/><shortdesc/><parameters><parameter name="port">'
	echo '<content type="string"/></parameter></parameters><actions><action name="on"/><action name="off"/><action name="monitor"/>'
	echo '<action name="status"/><action name="metadata"/></actions></resource-agent>' ;;
off|reboot)
	exec 3<>/dev/tcp/{API}/{SWITCH_PORT} && echo "$host" >&3 && read -r answer <&3 && test "$answer" = off ;;
esac
"""

_CIB = """<cib crm_feature_set="3.0.14" validate-with="pacemaker-3.0" admin_epoch="1" epoch="1" num_updates="0"><configuration>
<crm_config><cluster_property_set id="options">{options}</cluster_property_set></crm_config>
<nodes/>
<resources>{resources}</resources>
<constraints><rsc_location id="first" rsc="vip" node="A" score="100"/></constraints>
</configuration><status/></cib>
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


def _attributes(owner: str, values: Mapping[str, str]) -> str:
    return "".join(f"<nvpair id={quoteattr(f'{owner}-{name}')} name={quoteattr(name)} value={quoteattr(value)}/>" for name, value in values.items())


def _resource(name: str, kind: str, parameters: Mapping[str, str], actions: Mapping[str, str]) -> str:
    operations = "".join(f'<op id="{name}-{action}" name="{action}" interval="{interval}" timeout="180s"/>' for action, interval in actions.items())
    return (f'<primitive id="{name}" {kind}><instance_attributes id="{name}-attributes">{_attributes(name, parameters)}'
            f"</instance_attributes><operations>{operations}</operations></primitive>")


class Cluster:
    """Both hosts of a world, with one resource of our provider or of the one that it is compared with.

    Without fencing each host that is left alone goes on by itself, for there is nobody whom a majority could be made of.
    """

    def __init__(self, world: World, provider: str = OURS, fencing: bool = False):
        self.world, self.provider = world, provider
        self._switch = world.router.call(socket.create_server, (API, SWITCH_PORT)) if fencing else None
        for host in (world.a, world.b):
            host.write("/etc/cib.xml", self._cib())
            host.write("/etc/fence_switch", _FENCE_AGENT)
            host.run(["sh", "-ec", _SETUP], check=True)
            host.write("/etc/mirrorvip.conf", f"ca-bundle = {CA_FILE}\n")
            host.write("/etc/aws.conf", "[default]\n")
            host.write("/etc/corosync/corosync.conf", _COROSYNC.format(a=world.a.instance.private_ip, b=world.b.instance.private_ip))

    def start(self) -> None:
        """Bring the cluster up; the VIP is to be at host A."""
        for host in (self.world.a, self.world.b):
            self._daemon(host, "corosync", "-f")
        for host in (self.world.a, self.world.b):
            assert comes_to(lambda: self._tool(host, "corosync-cpgtool").returncode == 0, 30), "corosync did not come up"
            self._daemon(host, "pacemakerd", "-f")

    def runs_at(self, host: Host, timeout: float = 90) -> bool:
        """Whether the cluster, as this host sees it, comes to say that the VIP runs there, and nowhere else."""
        return comes_to(lambda: self._places(host) == [host.name], timeout)

    def stand_by(self, host: Host) -> None:
        """As an administrator asks before maintenance."""
        done = self._tool(host, "crm_attribute", "--node", host.name, "--name", "standby", "--update", "on")
        assert done.returncode == 0, done.stderr

    def give_to(self, host: Host, provider: str) -> None:
        """Change the resource's provider, and nothing else of it, while it runs."""
        self.provider = provider
        done = self._tool(host, "cibadmin", "--replace", "-o", "resources", "-X", f"<resources>{self._vip()}</resources>")
        assert done.returncode == 0, done.stderr

    def cut(self, host: Host) -> None:
        """Nothing that it sends arrives, and nothing comes to it; its processes and its link do not notice."""
        host.run(["tc", "qdisc", "add", "dev", "eth0", "root", "pfifo", "limit", "0"], check=True)
        self.world.router.run(["tc", "qdisc", "add", "dev", f"to-{host.name}", "root", "pfifo", "limit", "0"], check=True)

    def heal(self, host: Host) -> None:
        host.run(["tc", "qdisc", "del", "dev", "eth0", "root"], check=True)
        self.world.router.run(["tc", "qdisc", "del", "dev", f"to-{host.name}", "root"], check=True)

    def fence(self, timeout: float = 60) -> str:
        """Carry out what the first fence agent asks for: the name of the host that has lost its power."""
        assert self._switch
        self._switch.settimeout(timeout)
        asked, _ = self._switch.accept()
        with asked, asked.makefile("rw") as words:
            name = words.readline().strip()
            {"A": self.world.a, "B": self.world.b}[name].die()
            words.write("off\n")
        return name

    def state(self, host: Host) -> str:
        return self._tool(host, "crm_mon", "-1", "-r", "-n").stdout

    def _places(self, host: Host) -> list[str]:
        shown = self._tool(host, "crm_resource", "--resource", "vip", "--locate").stdout
        return [line.partition("is running on: ")[2].split()[0] for line in shown.splitlines() if "is running on: " in line]

    def _vip(self) -> str:
        parameters = {"ip": self.world.scene.vip, "routing_table": ",".join(self.world.scene.tables), "interface": "eth0",
                      "region": self.world.region.name}
        return _resource("vip", f'class="ocf" provider="{self.provider}" type="{TYPE}"', parameters, {"start": "0s", "stop": "0s", "monitor": "10s"})

    def _cib(self) -> str:
        fenced = self._switch is not None
        options = {"stonith-enabled": str(fenced).lower(), "no-quorum-policy": "ignore", "dc-deadtime": "2s"}
        # A host does not fence itself, and each is fenced by the other.
        fences = "".join(_resource(f"fence-{name}", 'class="stonith" type="fence_switch"', {"port": name, "pcmk_host_list": name}, {"monitor": "60s"})
                         for name in "AB") if fenced else ""
        return _CIB.format(options=_attributes("options", options), resources=self._vip() + fences)

    def _daemon(self, host: Host, *argv: str) -> None:
        env = {"PATH": PATH, "AWS_CA_BUNDLE": CA_FILE, "AWS_CONFIG_FILE": "/etc/aws.conf", "PCMK_logfile": "none"}
        host.start(argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _tool(self, host: Host, *argv: str) -> subprocess.CompletedProcess[str]:
        return host.run(argv)
