"""What no client can be quicker than: one name, one connection, one reading and one round of writes, or AWS's bucket.

Measured with curl, on the same stage and at the same latency, so that it is no figure of mirrorvip's own.
"""

from __future__ import annotations

import json

from region.region import Throttle

from .programs import CURL_CONFIG, transfer
from .record import Case, Limit
from .stage import Stage

BUCKET, PER_S = Throttle.BUCKETS[""]


def bucket_s(case: Case) -> float:
    """How long the bucket makes everybody wait."""
    return max(0.0, (case.tables - BUCKET) / PER_S) if case.bucket else 0.0


def last_write_s(limit: Limit, case: Case) -> float:
    """When at the earliest the last route can be set: all are written at once, as soon as they are known and the bucket lets them."""
    return limit.secure_s + limit.describe_s + limit.replace_s + bucket_s(case)


def measure(stage: Stage) -> Limit:
    scene, keys = stage.scene, stage.credentials()
    actions = (transfer(stage, keys, "DescribeRouteTables", **{"Filter.1.Name": "vpc-id", "Filter.1.Value.1": scene.vpc}),
               transfer(stage, keys, "ReplaceRoute", RouteTableId=scene.tables[0], DestinationCidrBlock=scene.destination,
                        NetworkInterfaceId=scene.b.eni))
    stage.place.write(CURL_CONFIG, "\nnext\n".join(f'{action}\nwrite-out = "%{{json}}\\n"' for action in actions))
    said = stage.output(["/usr/bin/curl", "--config", CURL_CONFIG])
    describe, replace = (json.loads(line) for line in said.splitlines())
    return Limit(describe["time_appconnect"], describe["time_total"] - describe["time_pretransfer"],
                 replace["time_total"] - replace["time_pretransfer"])
