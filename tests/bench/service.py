"""The region of a benchmark as a process of its own, at its real addresses: `python3 -m bench.service N LATENCY_MS`.

One JSON line on stdout says where everything is; it ends when its standard input does.
"""

from __future__ import annotations

import json
import sys

from region import mirror_pair

# mirrorvip takes no answer from the loopback for one of AWS.
API, IMDS = "10.109.0.5", "169.254.169.254"


def main(tables: int, latency_ms: float) -> None:
    scene = mirror_pair(tables, "spare", latency_ms=latency_ms)
    imds = {scene.b.id: (IMDS, 80)}
    with scene.region.serve([(API, 443)], imds, ("127.0.0.1", 0)) as server:
        print(json.dumps({"ca_file": server.ca_file, "control_port": server.control_port, "eni": scene.b.eni,
                          "tables": scene.tables, "destination": scene.destination}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
