"""The program as a resource agent: how Pacemaker calls it, and what the standard's exit statuses are called."""

from __future__ import annotations

import re
from dataclasses import dataclass

from faults.rig import CA_FILE, INSTALLED, Rig

AGENT = "/usr/local/sbin/aws-vpc-move-ip"
SUCCESS, GENERIC, ARGUMENTS, UNIMPLEMENTED, CONFIGURED, NOT_RUNNING = 0, 1, 2, 3, 6, 7


@dataclass(frozen=True)
class Action:
    """How an action ended: the standard's status, the program's own kind and words, and the reason for the administrator."""

    status: int
    out: str
    kind: str
    text: str
    reason: str


def install(rig: Rig) -> None:
    """What an administrator does on a host: the program, a link that is the agent, and where the API is."""
    rig.place.write("/etc/mirrorvip.conf", f"endpoint-url = https://localhost:{rig.api_port}\nca-bundle = {CA_FILE}\n")
    rig.place.run(["ln", "-sf", "mirrorvip", AGENT], check=True)


def environment(rig: Rig, timeout_s: int = 20, interval_s: int = 10, **parameters: str) -> dict[str, str]:
    """As Pacemaker sets it. A parameter that is empty is left out."""
    given = {"ip": rig.vip, "routing_table": ",".join(rig.scene.tables), "interface": "eth0"} | parameters
    return rig.environment(PATH="/usr/bin:/bin", OCF_ROOT="/usr/lib/ocf", OCF_RESOURCE_INSTANCE="vip",
                           OCF_RESKEY_CRM_meta_timeout=str(timeout_s * 1000), OCF_RESKEY_CRM_meta_interval=str(interval_s * 1000),
                           **{f"OCF_RESKEY_{name}": value for name, value in given.items() if value})


def act(rig: Rig, *words: str, agent: bool = True, env: dict[str, str] | None = None, timeout_s: int = 20, interval_s: int = 10,
        **parameters: str) -> Action:
    """Have the agent carry out an action; what holds after every run is looked at as well."""
    rig.record_tokens()
    done = rig.place.run([AGENT, *words] if agent else [INSTALLED, "ocf", *words],
                         env=environment(rig, timeout_s, interval_s, **parameters) | (env or {}))
    assert not rig.secrets_in(done.stdout + done.stderr)
    rig.hold_region_to_the_rules()
    assert rig.own.items() <= rig.addresses().items()
    lines = done.stderr.splitlines()
    final = re.fullmatch(r"mirrorvip: ([A-Z]+): (.*)", lines[-1]) if lines else None
    reasons = [line.removeprefix("ocf-exit-reason:") for line in lines if line.startswith("ocf-exit-reason:")]
    assert len(reasons) <= 1 and (not reasons or final and reasons == [f"{final[1]}: {final[2]}"])
    return Action(done.returncode, done.stdout, final[1] if final else "", final[2] if final else "", reasons[0] if reasons else "")
