"""The control port: the region's knobs for those who are in another process. HTTP on the loopback, JSON both ways.

    GET  /state           tables and their routes, instances
    GET  /log             connections, requests, changes
    POST /log/clear
    POST /faults          the parts of one fault (faults.py)       DELETE /faults: none any more
    POST /latency         {"ms": 30} and/or {"imds_ms": 1}
    POST /clock           {"offset_s": 400}
    POST /throttle        {"on": true}
    POST /route           {"table", "destination", "target" (null: none), "origin", "state"}, past EC2's rules
    POST /stop-instance   {"id"}          POST /start-instance, /terminate-instance
    POST /deny            {"action": "ec2:ReplaceRoute", "resource": null}           POST /allow
    POST /reset           as it was when serving began
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from . import http1
from .errors import Refused
from .log import Request

if TYPE_CHECKING:
    from .region import Region


def state(region: Region) -> dict[str, Any]:
    """The region as JSON tells it."""
    return {"tables": {table.id: {"vpc": table.vpc, "tags": table.tags,
                                  "routes": {name: asdict(route) for name, route in table.routes.items()}}
                       for table in region.tables.values()},
            "instances": {host.id: asdict(host) for host in region.instances.values()},
            "interfaces": {eni.id: asdict(eni) for eni in region.enis.values()}}


def _log(region: Region) -> dict[str, Any]:
    return {"connections": [asdict(entry) for entry in list(region.log.connections)],
            "requests": [asdict(entry) for entry in list(region.log.requests)],
            "changes": [asdict(entry) for entry in list(region.log.changes)]}


def _fault(region: Region, **parts: Any) -> None:
    for name in parts.keys() & {"body", "raw"}:
        parts[name] = parts[name].encode("latin-1")
    region.faults.add(**parts)


def _latency(region: Region, ms: float | None = None, imds_ms: float | None = None) -> None:
    region.latency_ms = region.latency_ms if ms is None else ms
    region.imds_latency_ms = region.imds_latency_ms if imds_ms is None else imds_ms


def _clock(region: Region, offset_s: float) -> None:
    region.clock_offset_s = offset_s


def _throttle(region: Region, on: bool) -> None:
    region.throttle.on = on
    region.throttle.refill()


# What each may be asked. A handler takes the region and the members of the JSON object.
HANDLERS: dict[tuple[str, str], Callable[..., Any]] = {
    ("GET", "/state"): state,
    ("GET", "/log"): _log,
    ("POST", "/log/clear"): lambda region: region.log.clear(),
    ("POST", "/faults"): _fault,
    ("DELETE", "/faults"): lambda region: region.faults.clear(),
    ("POST", "/latency"): _latency,
    ("POST", "/clock"): _clock,
    ("POST", "/throttle"): _throttle,
    ("POST", "/route"): lambda region, **route: region.set_route(**route),
    ("POST", "/stop-instance"): lambda region, id: region.stop_instance(id),
    ("POST", "/start-instance"): lambda region, id: region.start_instance(id),
    ("POST", "/terminate-instance"): lambda region, id: region.terminate_instance(id),
    ("POST", "/deny"): lambda region, **what: region.deny(**what),
    ("POST", "/allow"): lambda region, **what: region.allow(**what),
    ("POST", "/reset"): lambda region: region.reset(),
}


class Service:
    """The control port as an HTTP service."""

    name = "control"
    instance = None

    def __init__(self, region: Region):
        self._region = region

    def label(self, request: http1.Request) -> tuple[str, dict[str, str]]:
        return request.path, {}

    def answer(self, request: http1.Request, entry: Request, as_of: float | None) -> http1.Reply:
        handler = HANDLERS.get((request.method, request.path))
        if not handler:
            return self.refuse(Refused("NotFound", f"no {request.method} {request.path}", 404))
        try:
            members = json.loads(request.body or b"{}")
            return self._json(200, handler(self._region, **members) or {})
        except (KeyError, TypeError, ValueError) as error:
            return self.refuse(Refused("BadRequest", f"{type(error).__name__}: {error}"))

    def refuse(self, refused: Refused) -> http1.Reply:
        return self._json(refused.status, {"error": refused.message})

    def encode(self, reply: http1.Reply) -> bytes:
        return http1.encode(reply, self._region.now())

    def _json(self, status: int, value: Any) -> http1.Reply:
        return http1.Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json"})
