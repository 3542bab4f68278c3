"""A standby host as an operator has it: all that the program is told stands in its configuration file, and a shell is there
to run what it prints.

What a cure calls is there: `ip`, `setcap`, `chmod`, `sed`, `mirrorvip` and `aws`, which is pointed at the region and has an
operator's keys. The clock is the region's, so `chronyc` stands in for one that sets it right.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faults.rig import API, API_NAME, CA_FILE, IMDS, INSTALLED, OWN, STS, STS_NAME, Rig, Run, opened
from region import Region

CONFIG = "/etc/mirrorvip.conf"
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
BOARD = "/sys/class/dmi/id/board_asset_tag"
STEPPED = "/run/stepped"
ROUTER = "10.109.2.1"
TO_THE_VPC = f"route replace 10.109.0.0/16 via {ROUTER} dev eth0"
NOBODY = "65534"
BASE = {"vip": "10.9.0.1", "ca-bundle": BUNDLE}

_LINE = re.compile(r"(ok|warning|failure) +(\S+) +(.*)")

_AWS = """#!/bin/sh
case $1 in iam) port={iam};; *) port={api};; esac
export HOME=/nonexistent AWS_DEFAULT_REGION={region} AWS_ACCESS_KEY_ID={key.access_key} AWS_SECRET_ACCESS_KEY={key.secret_key}
exec /usr/bin/aws "$@" --endpoint-url https://localhost:$port --ca-bundle {ca} --output json
"""
_CHRONYC = f"""#!/bin/sh
[ "$*" = makestep ] && touch {STEPPED}
"""


@dataclass(frozen=True)
class Finding:
    level: str
    about: str
    text: str

    @property
    def seen(self) -> str:
        return self.text.partition("; ")[0]

    @property
    def cure(self) -> str:
        return self.text.partition("; ")[2]


@dataclass
class Standby:
    rig: Rig
    settings: dict[str, str] = field(default_factory=dict)
    caller: dict[str, Any] = field(default_factory=dict)  # who calls it, and how, unless it is root
    without_rules: bool = False  # as the host itself breaks them

    @property
    def region(self) -> Region:
        return self.rig.region

    # Setting the stage.

    def reset(self) -> None:
        """Everything right: the alias is up, and a failover would succeed."""
        place = self.rig.place
        place.run(["sh", "-c", "mount -o remount,suid /usr/local/sbin; ip link del eth1; while ip rule del pref 1; do :; done; "
                               f"ip rule del pref 100; ip route flush table 1097; ip link set eth0 up; rm -f {STEPPED}; setcap -r {INSTALLED}"])
        self.rig.reset()
        self.rig.with_alias()
        place.ip(TO_THE_VPC)
        place.write("/etc/hosts", f"127.0.0.1 localhost\n{API} {API_NAME}\n{STS} {STS_NAME}\n")
        place.write(BUNDLE, Path("/etc/ssl/certs/ca-certificates.crt").read_bytes() + place.call(Path(CA_FILE).read_bytes))
        place.write(BOARD, f"{self.rig.scene.b.id}\n")
        self.caller, self.without_rules = {}, False
        self.configure()
        self.region.log.clear()

    def configure(self, *without: str, mode: int = 0o644, **settings: str) -> None:
        """Write the configuration file: what all have, but for some, and what is given; '_' stands for '-'."""
        self.settings = {key: value for key, value in BASE.items() if key not in without}
        self.settings |= {key.replace("_", "-"): value for key, value in settings.items()}
        self.rig.place.write(CONFIG, "".join(f"{key} = {value}\n" for key, value in self.settings.items()), mode)

    def as_nobody(self, **how: Any) -> None:
        """From now on checks are another user's."""
        self.caller = {"user": "nobody"} | how

    def spare(self, vip: str) -> None:
        """The VIP is inside the VPC, and no table has a route to it yet."""
        self.configure(vip=vip)
        self.rig.without_alias()

    # Looking and doing.

    def check(self, *more: str) -> tuple[Run, list[Finding]]:
        child = self.rig.place.start([INSTALLED, "check", *more], env={}, **self.caller)
        run = self.rig.end(child, time.monotonic(), rules=not self.without_rules)
        found = [] if "--json" in more else [Finding(*match.groups()) for match in map(_LINE.fullmatch, run.out.splitlines()) if match]
        assert "--json" in more or len(found) == len(run.out.splitlines()), run.out
        return run, found

    def do(self, command: str) -> None:
        """A command, as printed, in root's shell on the host. What it changes is what the next run finds."""
        self.rig.place.run(["sh", "-ec", command], check=True, timeout=20)
        self.rig.added = {address: label for address, label in self.rig.addresses().items() if address not in OWN}
        self.region.log.clear()
        if self.rig.first_routes6:
            self.rig.first_routes6 = self.rig.routes6() - {f"{self.rig.scene.vip}/128"}
        self.without_rules = False
        if self.rig.place.call(Path(STEPPED).exists):
            self.region.clock_offset_s = 0


@contextmanager
def standby(tables: int = 3, **more: Any) -> Iterator[Standby]:
    with opened(tables=tables, imds_at=IMDS, **more) as rig:
        iam = rig.server.add_iam(rig.listener("127.0.0.1"))
        aws = _AWS.format(iam=iam, api=rig.api_port, region=rig.region.name, key=rig.region.static_key, ca=CA_FILE)
        rig.place.write("/usr/local/sbin/aws", aws, 0o755)
        rig.place.write("/usr/local/sbin/chronyc", _CHRONYC, 0o755)
        yield Standby(rig)
