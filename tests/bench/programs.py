"""What takes the VIP over, and a yardstick that does no more than set the routes."""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import peers
from peers import Peer
from world import BINARY

if TYPE_CHECKING:
    from .stage import Stage

__all__ = ["CURL", "MIRRORVIP", "MOVE_IP", "PROGRAMS", "SCRIPT", "Program", "transfer"]

CURL_CONFIG = "/run/curl"


@dataclass(frozen=True)
class Program:
    """`argv` and `environment` of a stage that is set; the argv may need a file that it writes there first."""

    name: str
    argv: Callable[[Stage], Sequence[str]]
    environment: Callable[[Stage], Mapping[str, str]]
    processes: bool = False  # it works in many


def _of_peer(peer: Peer, processes: bool = False) -> Program:
    def argv(stage: Stage) -> Sequence[str]:
        peer.prepare(stage.place)
        return list(peer.argv)
    return Program(peer.name, argv, lambda stage: peer.environment(stage.scene, stage.ca_file), processes)


def transfer(stage: Stage, keys: Mapping[str, str], action: str, **parameters: str) -> str:
    """A signed request as curl's configuration has it."""
    body = urllib.parse.urlencode({"Action": action, "Version": "2016-11-15", **parameters})
    return "\n".join((f'url = "https://{stage.api_name}/"', f'data = "{body}"', 'aws-sigv4 = "aws:amz:eu-central-1:ec2"',
                      f'user = "{keys["AccessKeyId"]}:{keys["SecretAccessKey"]}"', f'header = "X-Amz-Security-Token: {keys["Token"]}"',
                      f'cacert = "{stage.ca_file}"', 'output = "/dev/null"', "silent", "show-error", "fail"))


def _curl(stage: Stage) -> Sequence[str]:
    """Eight connections, as many as a browser would have; it is told everything that the others find out."""
    keys = stage.credentials()
    writes = (transfer(stage, keys, "ReplaceRoute", RouteTableId=table, DestinationCidrBlock=stage.scene.destination,
                       NetworkInterfaceId=stage.scene.b.eni) for table in stage.scene.tables)
    stage.place.write(CURL_CONFIG, "\nnext\n".join(writes))
    return ["/usr/bin/curl", "--parallel", "--parallel-immediate", "--parallel-max", "8", "--config", CURL_CONFIG]


def _mirrorvip(stage: Stage) -> Sequence[str]:
    """In 30 seconds, as IRIS gives it; with AWS's bucket that is too short for 200 tables."""
    return [str(BINARY), "acquire", "--deadline", "30" if len(stage.scene.tables) <= 100 else "60"]


SCRIPT, MOVE_IP = _of_peer(peers.SCRIPT), _of_peer(peers.MOVE_IP, processes=True)
MIRRORVIP = Program("mirrorvip", _mirrorvip, SCRIPT.environment)
CURL = Program("curl", _curl, lambda stage: {"PATH": "/usr/bin"})
PROGRAMS = (MIRRORVIP, SCRIPT, MOVE_IP, CURL)
