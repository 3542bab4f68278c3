"""What people use today, ready to be run beside mirrorvip on the same host and against the same region."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from region import Scene
from world.place import PATH, Place

__all__ = ["MOVE_IP", "PEERS", "SCRIPT", "Peer"]

AWS_CONFIG = "/etc/aws.conf"


@dataclass(frozen=True)
class Peer:
    """A program that takes the VIP over for the host it runs on. The VIP is at eth0:1 already."""

    name: str
    argv: Sequence[str]
    resource: bool = False  # it is told what it needs to know as a cluster's resource is

    def environment(self, scene: Scene, ca_file: str | None) -> dict[str, str]:
        # No HOME: settings and packages of whoever runs this are none of ours.
        env = {"PATH": PATH, "HOME": "/nonexistent"} | ({"AWS_CA_BUNDLE": ca_file} if ca_file else {})
        return env | (self._resource(scene) if self.resource else {})

    def prepare(self, place: Place) -> None:
        """What its users set up on a host beforehand."""
        if self.resource:
            place.write(AWS_CONFIG, "[default]\n")

    @staticmethod
    def _resource(scene: Scene) -> dict[str, str]:
        parameters = {"ip": scene.vip, "routing_table": ",".join(scene.tables), "interface": "eth0", "region": scene.region.name}
        return {"AWS_CONFIG_FILE": AWS_CONFIG, "OCF_ROOT": "/usr/lib/ocf", "OCF_RESOURCE_INSTANCE": "vip",
                "OCF_RESOURCE_TYPE": "aws-vpc-move-ip",
                "OCF_RESOURCE_PROVIDER": "heartbeat", "HA_RSCTMP": "/run", "__OCF_ACTION": "start",
                **{f"OCF_RESKEY_{name}": value for name, value in parameters.items()}}


# Our rendition of the published script (script.py), and Pacemaker's agent, with Debian's boto3 and AWS CLI.
SCRIPT = Peer("script", [sys.executable, str(Path(__file__).with_name("script.py"))])
MOVE_IP = Peer("aws-vpc-move-ip", ["/usr/lib/ocf/resource.d/heartbeat/aws-vpc-move-ip", "start"], resource=True)
PEERS = (SCRIPT, MOVE_IP)
