"""The region of a benchmark as a process of its own, at its real addresses: `python3 -m bench.service TABLES ROUTES`.

Each of the tables has so many routes, but two at least: the VPC's own and the VIP's. One JSON line on stdout says where everything is; it ends when its
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


def main(tables: int, routes: int) -> None:
    scene = mirror_pair(tables, DESTINATION)
    # Who asks for no pages gets all on one.
    scene.region.page_size = 1000
    for table in scene.tables:
        scene.region.add_routes(table, {f"10.200.{number // 64}.{number % 64 * 4}/30": scene.a.eni for number in range(routes - 2)})
    imds = {scene.b.id: (IMDS, 80)}
    with scene.region.serve([(API, 443)], imds, ("127.0.0.1", 0)) as server:
        print(json.dumps({"ca_file": server.ca_file, "control_port": server.control_port}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
