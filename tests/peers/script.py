"""What mirrorvip replaces: our own rendition of the published boto3 script, from a description of what it does.

It finds the VIP at eth0:1, asks the metadata service who the host is, EC2 for the instance (of whose interfaces it
takes the first) and for the route tables of its VPC, and then deletes and creates the VIP's route, one table after the
other. 2 + 2N requests on two connections. It differs in one thing: it asks the metadata service for a token, as the
region of the tests has only IMDSv2. Where the description leaves a choice, the quicker one was taken.
"""

from __future__ import annotations

import fcntl
import ipaddress
import socket
import struct
import urllib.request

import boto3  # type: ignore[import]

IMDS = "http://169.254.169.254/latest/"
LABEL = "eth0:1"
SIOCGIFADDR, SIOCGIFNETMASK = 0x8915, 0x891B


def vip_network() -> str:
    """The destination: the network of the address with our label."""
    name = struct.pack("256s", LABEL.encode())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        address, mask = (socket.inet_ntoa(fcntl.ioctl(any_socket, what, name)[20:24])
                         for what in (SIOCGIFADDR, SIOCGIFNETMASK))
    return str(ipaddress.ip_network(f"{address}/{mask}", strict=False))


def ask(path: str, method: str = "GET", **headers: str) -> str:
    named = {f"X-aws-ec2-metadata-{name.replace('_', '-')}": value for name, value in headers.items()}
    with urllib.request.urlopen(urllib.request.Request(IMDS + path, headers=named, method=method)) as reply:
        return str(reply.read().decode())


def main() -> None:
    destination = vip_network()
    token = ask("api/token", "PUT", token_ttl_seconds="60")
    region = ask("meta-data/placement/region", token=token)
    instance_id = ask("meta-data/instance-id", token=token)
    instances = boto3.client("ec2", region_name=region)
    tables = boto3.client("ec2", region_name=region)
    instance = instances.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
    eni = instance["NetworkInterfaces"][0]["NetworkInterfaceId"]
    selected = [{"Name": "vpc-id", "Values": [instance["VpcId"]]}]
    for table in tables.describe_route_tables(Filters=selected)["RouteTables"]:
        route = {"RouteTableId": table["RouteTableId"], "DestinationCidrBlock": destination}
        if any(each.get("DestinationCidrBlock") == destination for each in table["Routes"]):
            tables.delete_route(**route)
        tables.create_route(**route, NetworkInterfaceId=eni)


if __name__ == "__main__":
    main()
