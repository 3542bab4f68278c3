"""The region of a benchmark as a process of its own, at its real addresses: `python3 -m bench.service TABLES MORE`.

Each of the tables has MORE routes beside the VIP's. One JSON line on stdout says where everything is; it ends when its
standard input does.
"""

from __future__ import annotations

import json
import sys

from region import mirror_pair

# mirrorvip takes no answer from the loopback for one of AWS.
API, IMDS = "10.109.0.5", "169.254.169.254"
# The one placement that all of them know.
DESTINATION = "overlay"


def main(tables: int, more: int) -> None:
    scene = mirror_pair(tables, DESTINATION)
    for table in scene.tables:
        scene.region.add_routes(table, {f"10.200.{number // 64}.{number % 64 * 4}/30": scene.a.eni for number in range(more)})
    imds = {scene.b.id: (IMDS, 80)}
    with scene.region.serve([(API, 443)], imds, ("127.0.0.1", 0)) as server:
        print(json.dumps({"ca_file": server.ca_file, "control_port": server.control_port}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
