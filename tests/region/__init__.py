"""A region to test against: EC2's route tables and an instance's metadata, in one process.

    from region import Region
    r = Region()
    vpc = r.add_vpc("10.109.0.0/16")
    ...
    with r.serve() as s:
        s.endpoint_url, s.ca_file, s.imds_ports

What it promises is what AWS does, as far as the project knows it; what it adds is a log that a test can
assert on, and faults. It needs Python's standard library and, for certificates, the `openssl` command.
"""

from .errors import Refused
from .faults import Fault
from .model import Eni, Instance, Route
from .region import Region
from .scene import Scene, mirror_pair

__all__ = ["Eni", "Fault", "Instance", "Refused", "Region", "Route", "Scene", "mirror_pair"]
