"""EC2 as boto3 sees it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from region import Region, Scene, ec2, mirror_pair
from region.conftest import refusal

NO_SUCH = "0123456789abcdef0"
NO_ROUTE = "There is no route defined for '10.9.0.2/32' in the route table. Use CreateRoute instead."
NO_SUBNET = "Route destination doesn't match any subnet CIDR blocks."


def seen(api, table):
    """The routes of one table as boto3 reports them: {destination: route}."""
    told = api.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    return {route.get("DestinationCidrBlock") or route["DestinationIpv6CidrBlock"]: route for route in told}


def test_a_table_is_told_whole(api, scene):
    told = api.describe_route_tables(RouteTableIds=[scene.tables[1]])["RouteTables"]
    assert len(told) == 1
    table = told[0]
    assert (table["RouteTableId"], table["VpcId"], table["OwnerId"]) == (scene.tables[1], scene.vpc, "123456789012")
    assert [each["SubnetId"] for each in table["Associations"]] == [scene.subnets["a"], scene.subnets["b"]]
    assert {tag["Key"]: tag["Value"] for tag in table["Tags"]} == {"Name": "app-1", "mirrorvip": "yes"}
    assert seen(api, scene.tables[1]) == {
        "10.109.0.0/16": {"DestinationCidrBlock": "10.109.0.0/16", "GatewayId": "local", "State": "active",
                          "Origin": "CreateRouteTable"},
        "10.9.0.1/32": {"DestinationCidrBlock": "10.9.0.1/32", "NetworkInterfaceId": scene.a.eni, "State": "active",
                        "InstanceId": scene.a.id, "InstanceOwnerId": "123456789012", "Origin": "CreateRoute"}}


@pytest.mark.parametrize("empty_pages", [False, True])
def test_pages_join_to_the_whole(api, scene, empty_pages):
    scene.region.empty_pages = empty_pages
    pages = api.get_paginator("describe_route_tables").paginate(
        Filters=[{"Name": "vpc-id", "Values": [scene.vpc]}], PaginationConfig={"PageSize": 5})
    sizes = [[table["RouteTableId"] for table in page["RouteTables"]] for page in pages]
    assert list(itertools.chain(*sizes)) == scene.tables
    assert [len(size) for size in sizes] == ([0, 5, 0, 5, 0, 2] if empty_pages else [5, 5, 2])


def test_a_page_that_nobody_sized_has_the_default_size(api, scene):
    scene.region.page_size = 7
    first = api.describe_route_tables()
    rest = api.describe_route_tables(NextToken=first["NextToken"])
    assert [len(page["RouteTables"]) for page in (first, rest)] == [7, 5]
    assert "NextToken" not in rest


def test_a_page_may_hold_fewer_than_were_asked_for(api, scene):
    scene.region.page_size = 7
    assert len(api.describe_route_tables(MaxResults=10)["RouteTables"]) == 7
    assert len(api.describe_route_tables(MaxResults=6)["RouteTables"]) == 6


@pytest.mark.parametrize("parameters, code", [
    ({"MaxResults": 4}, "InvalidParameterValue"),
    ({"MaxResults": 101}, "InvalidParameterValue"),
    ({"NextToken": "rubbish"}, "InvalidPaginationToken"),
    ({"Filters": [{"Name": "route.network-interface-id", "Values": ["eni-1"]}]}, "InvalidParameterValue"),
])
def test_bad_paging_and_filters(connect, parameters, code):
    # boto3 itself refuses a MaxResults that is out of range, unless told not to look.
    api = connect(parameter_validation=False)
    assert refusal(api.describe_route_tables, **parameters)[:2] == (code, 400)


def test_ids_and_max_results_exclude_each_other(api, scene):
    told = refusal(api.describe_route_tables, RouteTableIds=scene.tables, MaxResults=5)
    assert told[:2] == ("InvalidParameterCombination", 400)


def test_filters(api, scene):
    other = scene.region.add_vpc("10.200.0.0/16")
    scene.region.add_route_table(other, name="elsewhere")

    def names(name, *values):
        told = api.describe_route_tables(Filters=[{"Name": name, "Values": list(values)}])["RouteTables"]
        return [next(tag["Value"] for tag in table["Tags"] if tag["Key"] == "Name") for table in told]
    assert names("vpc-id", other) == ["elsewhere"]
    assert len(names("vpc-id", scene.vpc, other)) == 13
    assert names("tag:Name", "app-3", "else*") == ["app-3", "elsewhere"]
    assert len(names("tag-key", "mirrorvip")) == 12
    assert names("association.main", "true") == ["app-0"]
    assert names("association.subnet-id", scene.subnets["b"]) == ["app-1"]
    assert names("vpc-id", "vpc-" + NO_SUCH) == []


def test_what_a_filters_value_stands_for(api, scene):
    """'*' and '?' are any characters and one or none, unless a backslash is before them; brackets are themselves."""
    for table, value in zip(scene.tables, ["yes", "yes*", "yes?", "[yes]", "a\\b", "YES", "yess"]):
        scene.region.tables[table].tags["mine"] = value

    def found(value):
        told = api.describe_route_tables(Filters=[{"Name": "tag:mine", "Values": [value]}])["RouteTables"]
        return [next(tag["Value"] for tag in table["Tags"] if tag["Key"] == "mine") for table in told]
    assert found("yes") == ["yes"]
    assert found("yes*") == ["yes", "yes*", "yes?", "yess"]
    assert found("yes?") == ["yes", "yes*", "yes?", "yess"]
    assert found("yes\\*") == ["yes*"] and found("yes\\?") == ["yes?"] and found("a\\\\b") == ["a\\b"]
    assert found("[yes]") == ["[yes]"] and found("[a-z]es") == []


def test_all_filters_must_match(api, scene):
    scene.region.tables[scene.tables[3]].tags["stage"] = "test"
    other = scene.region.add_route_table(scene.region.add_vpc("10.200.0.0/16"), tags={"mirrorvip": "yes", "stage": "test"})

    def found(*filters):
        told = api.describe_route_tables(Filters=[{"Name": name, "Values": [value]} for name, value in filters])["RouteTables"]
        return [table["RouteTableId"] for table in told]
    assert found(("tag:mirrorvip", "yes"), ("tag:stage", "test")) == [scene.tables[3], other]
    assert found(("vpc-id", scene.vpc), ("tag:mirrorvip", "yes"), ("tag:stage", "test")) == [scene.tables[3]]
    assert found(("tag:mirrorvip", "no"), ("tag:stage", "test")) == []


def test_replace_moves_one_table(api, scene):
    assert api.replace_route(RouteTableId=scene.tables[3], DestinationCidrBlock="10.9.0.1/32",
                             NetworkInterfaceId=scene.b.eni)["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert seen(api, scene.tables[3])["10.9.0.1/32"]["NetworkInterfaceId"] == scene.b.eni
    assert scene.owners().count(scene.b.eni) == 1
    [change] = scene.region.log.changes
    assert (change.table, change.destination, change.old, change.new) == (
        scene.tables[3], "10.9.0.1/32", scene.a.eni, scene.b.eni)


def test_create_and_delete(api, scene):
    table = scene.tables[0]
    where = {"RouteTableId": table, "DestinationCidrBlock": "10.9.0.2/32"}
    target = where | {"NetworkInterfaceId": scene.a.eni}
    assert refusal(api.replace_route, **target) == ("InvalidParameterValue", 400, NO_ROUTE)
    assert refusal(api.delete_route, **where)[:2] == ("InvalidRoute.NotFound", 400)
    assert api.create_route(**target)["Return"] is True
    assert refusal(api.create_route, **target)[:2] == ("RouteAlreadyExists", 400)
    api.delete_route(**where)
    assert "10.9.0.2/32" not in seen(api, table)
    log = scene.region.log
    assert log.seconds_without_route(table, "10.9.0.2/32", until=log.changes[-1].time + 2) == pytest.approx(2)
    assert [request.error for request in log.actions("CreateRoute")] == [None, "RouteAlreadyExists"]


def test_a_misaligned_destination_is_masked(api, scene):
    api.create_route(RouteTableId=scene.tables[0], NetworkInterfaceId=scene.a.eni,
                     DestinationCidrBlock="100.68.0.18/18")
    assert "100.68.0.0/18" in seen(api, scene.tables[0])


def test_ipv6(api, scene):
    where = {"RouteTableId": scene.tables[0], "DestinationIpv6CidrBlock": "fd12:3456:0::1/128"}
    api.create_route(**where, NetworkInterfaceId=scene.a.eni)
    api.replace_route(**where, NetworkInterfaceId=scene.b.eni)
    assert seen(api, scene.tables[0])["fd12:3456::1/128"]["NetworkInterfaceId"] == scene.b.eni
    assert refusal(api.create_route, RouteTableId=scene.tables[0], DestinationIpv6CidrBlock="fd00:ec2::7/128",
                   NetworkInterfaceId=scene.a.eni)[0] == "InvalidParameterValue"
    api.delete_route(**where)
    assert "fd12:3456::1/128" not in seen(api, scene.tables[0])
    assert refusal(api.delete_route, **where) == (
        "InvalidRoute.NotFound", 400, f"no route with destination-ipv6-cidr-block fd12:3456::1/128 in route table {scene.tables[0]}")
    assert refusal(api.replace_route, **where, NetworkInterfaceId=scene.a.eni)[:2] == ("InvalidParameterValue", 400)


@pytest.mark.parametrize("name, text", [("DestinationIpv6CidrBlock", "10.9.0.1/32"), ("DestinationCidrBlock", "fd12::1/128"),
                                        ("DestinationIpv6CidrBlock", "fd12::1"), ("DestinationIpv6CidrBlock", "fd12::1/129")])
def test_each_family_has_its_parameter(api, scene, name, text):
    code, status, message = refusal(api.create_route, RouteTableId=scene.tables[0], NetworkInterfaceId=scene.a.eni, **{name: text})
    assert (code, status) == ("InvalidParameterValue", 400) and text in message and "not a valid CIDR block" in message


@pytest.fixture
def ipv6() -> Iterator[tuple[Any, Scene]]:
    """boto3's client of a scene whose VPC has both families."""
    scene = mirror_pair(2, "spare6")
    with scene.region.serve() as serving:
        key = scene.region.static_key
        yield boto3.client("ec2", region_name=scene.region.name, endpoint_url=serving.endpoint_url, verify=serving.ca_file,
                           aws_access_key_id=key.access_key, aws_secret_access_key=key.secret_key), scene


def test_ipv6_of_a_vpc_as_boto3_reads_it(ipv6):
    api, scene = ipv6
    [vpc] = api.describe_vpcs(Filters=[{"Name": "ipv6-cidr-block-association.ipv6-cidr-block", "Values": ["2001:db8:6d00::/56"]}])["Vpcs"]
    assert [(each["Ipv6CidrBlock"], each["Ipv6CidrBlockState"]["State"]) for each in vpc["Ipv6CidrBlockAssociationSet"]] == [
        ("2001:db8:6d00::/56", "associated")]
    assert [each["CidrBlock"] for each in vpc["CidrBlockAssociationSet"]] == [vpc["CidrBlock"]] == ["10.109.0.0/16"]
    where = {"Name": "ipv6-cidr-block-association.ipv6-cidr-block", "Values": ["2001:db8:6d00:fe::/64"]}
    [subnet] = api.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [scene.vpc]}, where])["Subnets"]
    assert (subnet["SubnetId"], subnet["CidrBlock"]) == (scene.subnets["spare"], "10.109.10.224/27")
    assert [each["Ipv6CidrBlock"] for each in subnet["Ipv6CidrBlockAssociationSet"]] == ["2001:db8:6d00:fe::/64"]
    [eni] = api.describe_network_interfaces(NetworkInterfaceIds=[scene.b.eni])["NetworkInterfaces"]
    assert [each["Ipv6Address"] for each in eni["Ipv6Addresses"]] == ["2001:db8:6d00:2::10"]
    assert seen(api, scene.tables[1]) == {
        "10.109.0.0/16": {"DestinationCidrBlock": "10.109.0.0/16", "GatewayId": "local", "State": "active", "Origin": "CreateRouteTable"},
        "2001:db8:6d00::/56": {"DestinationIpv6CidrBlock": "2001:db8:6d00::/56", "GatewayId": "local", "State": "active",
                               "Origin": "CreateRouteTable"},
        "2001:db8:6d00:fe::/64": {"DestinationIpv6CidrBlock": "2001:db8:6d00:fe::/64", "NetworkInterfaceId": scene.a.eni, "State": "active",
                                  "InstanceId": scene.a.id, "InstanceOwnerId": "123456789012", "Origin": "CreateRoute"}}


def test_inside_the_vpc_only_a_whole_subnet_will_do_of_ipv6_either(ipv6):
    api, scene = ipv6
    table = {"RouteTableId": scene.tables[0], "NetworkInterfaceId": scene.b.eni}
    for destination in ("2001:db8:6d00:fe::1/128", "2001:db8:6d00:fe::/65", "2001:db8:6d00:fc::/62", "2001:db8:6d00:77::/64"):
        assert refusal(api.create_route, DestinationIpv6CidrBlock=destination, **table) == ("InvalidParameterValue", 400, NO_SUBNET)
    api.replace_route(DestinationIpv6CidrBlock="2001:db8:6d00:fe::/64", **table)
    api.create_route(DestinationIpv6CidrBlock="2001:db8:6d00:2::/64", **table)
    assert scene.owners() == [scene.b.eni, scene.a.eni]


@pytest.mark.parametrize("table, eni, code, message", [
    ("rtb-" + NO_SUCH, None, "InvalidRouteTableID.NotFound", f"The routeTable ID 'rtb-{NO_SUCH}' does not exist"),
    ("rtb-xyz", None, "InvalidRouteTableId.Malformed", 'Invalid id: "rtb-xyz" (expecting "rtb-...")'),
    (None, "eni-" + NO_SUCH, "InvalidNetworkInterfaceID.NotFound",
     f"The networkInterface ID 'eni-{NO_SUCH}' does not exist"),
])
def test_ids_that_are_wrong(api, scene, table, eni, code, message):
    assert refusal(api.replace_route, RouteTableId=table or scene.tables[0], DestinationCidrBlock="10.9.0.1/32",
                   NetworkInterfaceId=eni or scene.a.eni) == (code, 400, message)


def test_inside_the_vpc_only_a_whole_subnet_will_do(api, scene):
    table = {"RouteTableId": scene.tables[0], "NetworkInterfaceId": scene.a.eni}
    assert refusal(api.create_route, DestinationCidrBlock="10.109.10.254/32", **table) == (
        "InvalidParameterValue", 400, NO_SUBNET)
    api.create_route(DestinationCidrBlock="10.109.10.224/27", **table)
    assert refusal(api.replace_route, RouteTableId=scene.tables[0], DestinationCidrBlock="10.109.10.224/27",
                   GatewayId="igw-" + NO_SUCH) == ("InvalidParameterValue", 400, "Route target is not supported. "
                                                   "This route only supports interface and instance targets.")


def test_an_edge_table_takes_nothing_from_outside(api, scene):
    edge = scene.region.add_route_table(scene.vpc, gateway="igw-" + NO_SUCH)
    table = {"RouteTableId": edge, "NetworkInterfaceId": scene.a.eni}
    assert refusal(api.create_route, DestinationCidrBlock="10.9.0.1/32", **table)[2] == NO_SUBNET
    api.create_route(DestinationCidrBlock="10.109.10.224/27", **table)


def test_a_static_route_hides_a_propagated_one(api, scene):
    table = scene.tables[0]
    scene.region.set_route(table, "10.77.0.0/24", "vgw-" + NO_SUCH, origin="EnableVgwRoutePropagation")
    where = {"RouteTableId": table, "DestinationCidrBlock": "10.77.0.0/24"}
    assert refusal(api.replace_route, **where, NetworkInterfaceId=scene.a.eni)[0] == "InvalidParameterValue"
    api.create_route(**where, NetworkInterfaceId=scene.a.eni)
    assert seen(api, table)["10.77.0.0/24"]["Origin"] == "CreateRoute"
    api.delete_route(**where)
    assert seen(api, table)["10.77.0.0/24"]["Origin"] == "EnableVgwRoutePropagation"


def test_a_stopped_instance_is_a_black_hole(api, scene):
    def state():
        return seen(api, scene.tables[0])["10.9.0.1/32"]["State"]
    scene.region.stop_instance(scene.a.id)
    assert state() == "blackhole"
    scene.region.start_instance(scene.a.id)
    assert state() == "active"
    scene.region.terminate_instance(scene.a.id)
    assert state() == "blackhole"
    assert "InstanceId" not in seen(api, scene.tables[0])["10.9.0.1/32"]
    assert not scene.region.log.changes


def test_a_table_can_be_full(api, scene):
    scene.region.route_limit = 1
    assert refusal(api.create_route, RouteTableId=scene.tables[0], DestinationCidrBlock="10.9.0.2/32",
                   NetworkInterfaceId=scene.a.eni) == (
        "RouteLimitExceeded", 400, "The maximum number of routes has been reached.")


@pytest.mark.parametrize("denied", [False, True])
def test_dry_run_asks_for_permission_only(api, scene, denied):
    if denied:
        scene.region.deny("ec2:ReplaceRoute", scene.tables[0])
    code, status, message = refusal(api.replace_route, RouteTableId=scene.tables[0], DestinationCidrBlock="10.9.0.7/32",
                                    NetworkInterfaceId="eni-" + NO_SUCH, DryRun=True)
    assert (code, status) == (("UnauthorizedOperation", 403) if denied else ("DryRunOperation", 412))
    assert not scene.region.log.changes
    if denied:
        assert f"route-table/{scene.tables[0]}" in message and len(message) > 700
        scene.region.allow("ec2:ReplaceRoute", scene.tables[0])
        assert refusal(api.replace_route, RouteTableId=scene.tables[0], DestinationCidrBlock="10.9.0.7/32",
                       NetworkInterfaceId=scene.a.eni, DryRun=True)[0] == "DryRunOperation"


@pytest.mark.parametrize("action", ["create_route", "replace_route"])
def test_a_dry_run_changes_nothing(api, scene, action):
    assert refusal(getattr(api, action), RouteTableId=scene.tables[0], DestinationCidrBlock="10.9.0.1/32",
                   NetworkInterfaceId=scene.b.eni, DryRun=True)[:2] == ("DryRunOperation", 412)
    assert not scene.region.log.changes and scene.owners() == [scene.a.eni] * len(scene.tables)


def test_interfaces_instances_subnets_vpcs(api, scene):
    [eni] = api.describe_network_interfaces(NetworkInterfaceIds=[scene.b.eni])["NetworkInterfaces"]
    assert (eni["MacAddress"], eni["Attachment"]["InstanceId"]) == (scene.b.mac, scene.b.id)
    assert eni["SourceDestCheck"] is False
    api.modify_network_interface_attribute(NetworkInterfaceId=scene.b.eni, SourceDestCheck={"Value": True})
    [eni] = api.describe_network_interfaces(Filters=[{"Name": "attachment.instance-id", "Values": [scene.b.id]}])[
        "NetworkInterfaces"]
    assert eni["SourceDestCheck"] is True
    [reservation] = api.describe_instances(InstanceIds=[scene.a.id])["Reservations"]
    assert reservation["Instances"][0]["NetworkInterfaces"][0]["NetworkInterfaceId"] == scene.a.eni
    assert {subnet["CidrBlock"] for subnet in api.describe_subnets()["Subnets"]} == {
        "10.109.1.0/24", "10.109.2.0/24", "10.109.10.224/27"}
    of_vpc = {"Name": "vpc-id", "Values": [scene.vpc]}
    for cidr, count in (("10.109.10.224/27", 1), ("10.109.10.224/28", 0)):
        assert len(api.describe_subnets(Filters=[of_vpc, {"Name": "cidr-block", "Values": [cidr]}])["Subnets"]) == count
    [vpc] = api.describe_vpcs(VpcIds=[scene.vpc])["Vpcs"]
    assert [each["CidrBlock"] for each in vpc["CidrBlockAssociationSet"]] == [vpc["CidrBlock"]] == ["10.109.0.0/16"]


def test_a_subnet_is_made(api, scene):
    made = api.create_subnet(VpcId=scene.vpc, CidrBlock="10.109.77.16/28")["Subnet"]
    assert (made["CidrBlock"], made["AvailableIpAddressCount"]) == ("10.109.77.16/28", 11)
    assert made["SubnetId"] in {each["SubnetId"] for each in api.describe_subnets()["Subnets"]}
    for cidr, code in (("10.109.77.0/24", "InvalidSubnet.Conflict"), ("10.110.0.0/24", "InvalidSubnet.Range"),
                       ("10.109.78.0/29", "InvalidSubnet.Range")):
        assert refusal(api.create_subnet, VpcId=scene.vpc, CidrBlock=cidr)[:2] == (code, 400)
    assert refusal(api.create_subnet, VpcId="vpc-" + NO_SUCH, CidrBlock="10.109.78.0/24")[0] == "InvalidVpcID.NotFound"


def test_addresses_of_a_subnet_are_counted(api, scene):
    def free():
        return api.describe_subnets(SubnetIds=[scene.subnets["spare"]])["Subnets"][0]["AvailableIpAddressCount"]
    assert free() == 27
    scene.region.add_eni(scene.subnets["spare"], "10.109.10.230")
    assert free() == 26


def test_metadata_options(api, scene):
    told = api.modify_instance_metadata_options(InstanceId=scene.b.id, HttpPutResponseHopLimit=2)["InstanceMetadataOptions"]
    assert (told["HttpPutResponseHopLimit"], told["HttpEndpoint"], scene.b.hops, scene.a.hops) == (2, "enabled", 2, 1)
    scene.b.metadata = False
    told = api.modify_instance_metadata_options(InstanceId=scene.b.id, HttpEndpoint="enabled",
                                                HttpTokens="required")["InstanceMetadataOptions"]
    assert (told["HttpPutResponseHopLimit"], told["HttpEndpoint"], scene.b.metadata) == (2, "enabled", True)
    assert refusal(api.modify_instance_metadata_options, InstanceId="i-" + NO_SUCH)[0] == "InvalidInstanceID.NotFound"


def test_throttling_is_per_action(api, scene):
    throttle = scene.region.throttle
    throttle.on = True
    # However slowly this machine asks, none comes back meanwhile.
    throttle.BUCKETS = {prefix: (size, 0.0) for prefix, (size, _) in throttle.BUCKETS.items()}
    where = {"RouteTableId": scene.tables[0], "DestinationCidrBlock": "10.9.0.1/32"}
    for _ in range(50):
        api.replace_route(**where, NetworkInterfaceId=scene.b.eni)
    assert refusal(api.replace_route, **where, NetworkInterfaceId=scene.b.eni)[:2] == ("RequestLimitExceeded", 503)
    assert refusal(api.create_route, **where, NetworkInterfaceId=scene.b.eni)[0] == "RouteAlreadyExists"


def test_the_owner_of_a_shared_vpc_hides_instances():
    region = Region()
    vpc = region.add_vpc("10.1.0.0/16", shared_from="210987654321")
    host = region.add_instance(region.add_subnet(vpc, "10.1.1.0/24", "eu-central-1a"), "10.1.1.10")
    table = region.add_route_table(vpc)
    region.set_route(table, "10.9.0.1/32", host.eni)
    xml = str(ec2.describe_route_tables(region, ec2.Form(""), None)["routeTableSet"])
    assert host.eni in xml and host.id not in xml and "<ownerId>210987654321</ownerId>" in xml


def test_restore_goes_back(scene):
    scene.region.mark()
    scene.region.set_route(scene.tables[0], scene.destination, None)
    scene.region.delete_table(scene.tables[1])
    scene.region.terminate_instance(scene.a.id)
    scene.region.set_source_dest_check(scene.b.eni, True)
    scene.region.restore()
    assert scene.owners() == [scene.a.eni] * 12
    assert scene.a.state == "running" and not scene.region.enis[scene.b.eni].source_dest_check
    assert scene.region.routes(scene.tables[0])[scene.destination].state == "active"


def test_watchers_see_every_change_and_may_look(scene):
    owners = []
    scene.region.on_change(lambda region: owners.append(region.routes(scene.tables[0])[scene.destination].target))
    scene.region.set_route(scene.tables[0], scene.destination, scene.b.eni)
    scene.region.stop_instance(scene.b.id)
    assert owners == [scene.b.eni, scene.b.eni]


def test_the_spare_scene():
    spare = mirror_pair(2, "spare")
    assert spare.destination == "10.109.10.224/27" and spare.owners() == [spare.a.eni] * 2
    assert mirror_pair(1, routed=False).owners() == [None]
