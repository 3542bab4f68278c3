"""EC2's Query API, version 2016-11-15: a form comes in, XML goes out."""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from . import http1, model, sigv4
from .errors import Refused
from .log import Request

if TYPE_CHECKING:
    from .region import Region

VERSION = "2016-11-15"
NAMESPACE = f"http://ec2.amazonaws.com/doc/{VERSION}/"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

_HEADERS = {"Cache-Control": "no-cache, no-store", "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
            "Vary": "accept-encoding", "Content-Type": "text/xml;charset=UTF-8", "Server": "AmazonEC2"}


class Form:
    """The parameters of one request."""

    def __init__(self, text: str):
        try:
            self.values = dict(parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text)))
        except ValueError:
            raise Refused("MalformedQueryString", "The query string contains a syntax error") from None

    def get(self, name: str) -> str | None:
        return self.values.get(name) or None

    def need(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise Refused("MissingParameter", f"The request must contain the parameter {name[0].lower()}{name[1:]}")
        return value

    def flag(self, name: str) -> bool:
        value = self.values.get(name, "false").lower()
        if value not in ("true", "false"):
            raise Refused("InvalidParameterValue", f"Value ({value}) for parameter {name} is invalid.")
        return value == "true"

    def numbered(self, name: str) -> list[str]:
        """Name.1, Name.2 and so on, in the order of the numbers, which may have gaps."""
        numbers = (int(key[len(name) + 1:]) for key in self.values if re.fullmatch(rf"{re.escape(name)}\.[0-9]+", key))
        return [self.values[f"{name}.{number}"] for number in sorted(numbers)]

    def filters(self) -> dict[str, list[str]]:
        numbers = sorted({int(key.split(".")[1]) for key in self.values if re.fullmatch(r"Filter\.[0-9]+\.Name", key)})
        return {self.need(f"Filter.{number}.Name"): self.numbered(f"Filter.{number}.Value") for number in numbers}


# Writing XML.

class Xml(str):
    """Text that is XML already."""


def to_xml(value: Any, chance: random.Random) -> str:
    """An element's content. The members of a dictionary come in any order, as they do from EC2; None is left out."""
    match value:
        case Xml():
            return value
        case bool():
            return "true" if value else "false"
        case dict():
            members = [(name, inner) for name, inner in value.items() if inner is not None]
            chance.shuffle(members)
            return "".join(_element(name, to_xml(inner, chance)) for name, inner in members)
        case list():
            return "".join(item if isinstance(item, Xml) else _element("item", to_xml(item, chance)) for item in value)
        case _:
            return escape(str(value))


def _element(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>" if content else f"<{name}/>"


def _tags(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]


_TARGETS = {"local": "gatewayId", "igw": "gatewayId", "vgw": "gatewayId", "vpce": "gatewayId", "nat": "natGatewayId",
            "tgw": "transitGatewayId", "pcx": "vpcPeeringConnectionId", "eigw": "egressOnlyInternetGatewayId",
            "lgw": "localGatewayId", "cagw": "carrierGatewayId", "eni": "networkInterfaceId"}


def _member(target: str) -> str:
    """The element that tells a target of this kind."""
    return _TARGETS[target.split("-")[0]]


def _route(region: Region, vpc: model.Vpc, destination: str, route: model.Route) -> dict[str, Any]:
    where = ("destinationPrefixListId" if destination.startswith("pl-") else
             "destinationIpv6CidrBlock" if ":" in destination else "destinationCidrBlock")
    told = {where: destination, _member(route.target): route.target, "state": route.state,
            "origin": route.origin}
    eni = region.enis.get(route.target)
    # In a VPC that another account shares with us the instance behind an interface is not shown.
    if eni and eni.instance and vpc.owner == region.account:
        told |= {"instanceId": eni.instance, "instanceOwnerId": region.account}
    return told


def _table_xml(region: Region, table: model.RouteTable, snapshot: model.Snapshot) -> Xml:
    if snapshot.xml is None:
        vpc = region.vpcs[table.vpc]
        snapshot.xml = _element("item", to_xml({
            "routeTableId": table.id, "vpcId": table.vpc, "ownerId": table.owner,
            "routeSet": [_route(region, vpc, *item) for item in snapshot.routes.items()],
            "associationSet": [{
                "main": association.main, "routeTableAssociationId": association.id, "routeTableId": table.id,
                "subnetId": association.subnet, "gatewayId": association.gateway,
                "associationState": {"state": "associated"}} for association in table.associations],
            "propagatingVgwSet": [{"gatewayId": gateway} for gateway in table.propagating],
            "tagSet": _tags(table.tags)}, region.chance))
    return Xml(snapshot.xml)


def _attachment(region: Region, eni: model.Eni) -> dict[str, Any] | None:
    return {"attachmentId": eni.id.replace("eni-", "eni-attach-"), "instanceId": eni.instance,
            "instanceOwnerId": region.account, "deviceIndex": eni.device, "status": "attached",
            "deleteOnTermination": eni.device == 0} if eni.instance else None


def _eni(region: Region, eni: model.Eni) -> dict[str, Any]:
    return {"networkInterfaceId": eni.id, "subnetId": eni.subnet, "vpcId": eni.vpc, "availabilityZone": eni.zone,
            "ownerId": region.account, "macAddress": eni.mac, "privateIpAddress": eni.private_ip,
            "sourceDestCheck": eni.source_dest_check, "status": "in-use" if eni.instance else "available",
            "interfaceType": "interface", "requesterManaged": False, "description": "",
            "attachment": _attachment(region, eni), "groupSet": [], "tagSet": _tags(eni.tags),
            "ipv6AddressesSet": [{"ipv6Address": address, "isPrimaryIpv6": False} for address in eni.ipv6],
            "privateIpAddressesSet": [{"privateIpAddress": eni.private_ip, "primary": True}]}


_STATES = {"running": 16, "stopped": 80, "terminated": 48}


def _instance(region: Region, host: model.Instance) -> dict[str, Any]:
    enis = [eni for eni in region.enis.values() if eni.instance == host.id]
    return {"reservationId": host.id.replace("i-", "r-"), "ownerId": region.account, "groupSet": [], "instancesSet": [{
        "instanceId": host.id, "instanceState": {"code": _STATES[host.state], "name": host.state}, "vpcId": host.vpc,
        "subnetId": host.subnet, "privateIpAddress": host.private_ip, "placement": {"availabilityZone": host.zone},
        "instanceType": "m6i.large", "imageId": "ami-0123456789abcdef0", "tagSet": _tags(host.tags),
        "sourceDestCheck": host.eni in region.enis and region.enis[host.eni].source_dest_check,
        "networkInterfaceSet": [_eni(region, eni) for eni in sorted(enis, key=lambda eni: eni.device)]}]}


def _associations(owner: str, name: str, cidrs: Iterable[str]) -> list[dict[str, Any]]:
    """The CIDR blocks of a VPC or a subnet, each under its own id."""
    kind, _, number = owner.partition("-")
    return [{"associationId": f"{kind}-cidr-assoc-{number}{count}", name: cidr, f"{name}State": {"state": "associated"}}
            for count, cidr in enumerate(cidrs)]


def _subnet(region: Region, subnet: model.Subnet) -> dict[str, Any]:
    return {"subnetId": subnet.id, "vpcId": subnet.vpc, "cidrBlock": subnet.cidr or None, "availabilityZone": subnet.zone,
            "state": "available", "ownerId": region.vpcs[subnet.vpc].owner, "mapPublicIpOnLaunch": False,
            "availableIpAddressCount": region.free_addresses(subnet), "defaultForAz": False, "ipv6Native": not subnet.cidr,
            "ipv6CidrBlockAssociationSet": _associations(subnet.id, "ipv6CidrBlock", subnet.ipv6), "tagSet": _tags(subnet.tags)}


def _vpc(region: Region, vpc: model.Vpc) -> dict[str, Any]:
    v4, v6 = ([cidr for cidr in vpc.cidrs if (":" in cidr) == wanted] for wanted in (False, True))
    return {"vpcId": vpc.id, "cidrBlock": v4[0] if v4 else None, "state": "available", "ownerId": vpc.owner,
            "isDefault": False, "instanceTenancy": "default", "tagSet": _tags(vpc.tags),
            "cidrBlockAssociationSet": _associations(vpc.id, "cidrBlock", v4),
            "ipv6CidrBlockAssociationSet": _associations(vpc.id, "ipv6CidrBlock", v6)}


# Choosing what to describe.

# What a filter looks at: the values that a resource has for it.
Property = Callable[[Any], Iterable[Any]]

TABLE_FILTERS: dict[str, Property] = {
    "vpc-id": lambda table: [table.vpc],
    "owner-id": lambda table: [table.owner],
    "route-table-id": lambda table: [table.id],
    "association.main": lambda table: [str(a.main).lower() for a in table.associations],
    "association.subnet-id": lambda table: [a.subnet for a in table.associations],
    "association.gateway-id": lambda table: [a.gateway for a in table.associations],
    "association.route-table-id": lambda table: [table.id] if table.associations else [],
    "association.route-table-association-id": lambda table: [a.id for a in table.associations],
    "route.destination-cidr-block": lambda table: [d for d in table.routes if ":" not in d],
    "route.destination-ipv6-cidr-block": lambda table: [d for d in table.routes if ":" in d],
    "route.gateway-id": lambda table: [r.target for r in table.routes.values() if _member(r.target) == "gatewayId"],
    "route.origin": lambda table: [r.origin for r in table.routes.values()],
    "route.state": lambda table: [r.state for r in table.routes.values()],
}
ENI_FILTERS: dict[str, Property] = {
    "vpc-id": lambda eni: [eni.vpc],
    "subnet-id": lambda eni: [eni.subnet],
    "mac-address": lambda eni: [eni.mac],
    "network-interface-id": lambda eni: [eni.id],
    "availability-zone": lambda eni: [eni.zone],
    "private-ip-address": lambda eni: [eni.private_ip],
    "addresses.private-ip-address": lambda eni: [eni.private_ip],
    "ipv6-addresses.ipv6-address": lambda eni: eni.ipv6,
    "attachment.instance-id": lambda eni: [eni.instance],
    "attachment.device-index": lambda eni: [str(eni.device)],
}
INSTANCE_FILTERS: dict[str, Property] = {
    "vpc-id": lambda host: [host.vpc],
    "subnet-id": lambda host: [host.subnet],
    "instance-id": lambda host: [host.id],
    "private-ip-address": lambda host: [host.private_ip],
    "network-interface.network-interface-id": lambda host: [host.eni],
    "instance-state-name": lambda host: [host.state],
    "availability-zone": lambda host: [host.zone],
}
SUBNET_FILTERS: dict[str, Property] = {
    "vpc-id": lambda subnet: [subnet.vpc],
    "subnet-id": lambda subnet: [subnet.id],
    "cidr-block": lambda subnet: [subnet.cidr],
    "ipv6-cidr-block-association.ipv6-cidr-block": lambda subnet: subnet.ipv6,
    "availability-zone": lambda subnet: [subnet.zone],
}
VPC_FILTERS: dict[str, Property] = {
    "vpc-id": lambda vpc: [vpc.id],
    "cidr": lambda vpc: [vpc.cidrs[0]],
    "cidr-block-association.cidr-block": lambda vpc: [cidr for cidr in vpc.cidrs if ":" not in cidr],
    "ipv6-cidr-block-association.ipv6-cidr-block": lambda vpc: [cidr for cidr in vpc.cidrs if ":" in cidr],
    "owner-id": lambda vpc: [vpc.owner],
}


def _property(name: str, properties: dict[str, Property]) -> Property:
    if name.startswith("tag:"):
        return lambda resource: [resource.tags.get(name[4:])]
    if name == "tag-key":
        return lambda resource: list(resource.tags)
    if name not in properties:
        raise Refused("InvalidParameterValue", f"The filter '{name}' is invalid")
    return properties[name]


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    """A filter's value: '*' stands for any characters, '?' for one or none, and a backslash before a character for that alone."""
    wild = {"*": ".*", "?": ".?"}
    return re.compile("".join(wild.get(part) or re.escape(part[-1]) for part in re.findall(r"\\.|.", text, re.DOTALL)), re.DOTALL)


def _select(form: Form, ids: str, kind: model.Kind, properties: dict[str, Property],
            resources: dict[str, Any]) -> list[Any]:
    """The resources of a kind that the request asks for, by id and by filter. All ids must exist."""
    chosen = list(resources.values())
    if named := form.numbered(ids):
        for identifier in named:
            kind.check(identifier)
            if identifier not in resources:
                raise kind.missing(identifier)
        chosen = [resources[identifier] for identifier in dict.fromkeys(named)]
    for name, patterns in form.filters().items():
        values = _property(name, properties)
        chosen = [resource for resource in chosen if any(
            value is not None and _pattern(pattern).fullmatch(value) for value in values(resource) for pattern in patterns)]
    return chosen


def _page(region: Region, form: Form, ids: str, chosen: Sequence[Any], top: int) -> tuple[Sequence[Any], str | None]:
    """One page of them, and the token of the next.

    A token is opaque and full of characters that need percent-encoding, and there can be a page with nothing on
    it (`region.empty_pages`) before each one that has something. A page may hold fewer than were asked for.
    """
    size = region.page_size
    if (asked := form.get("MaxResults")) is not None:
        if form.numbered(ids):
            raise Refused("InvalidParameterCombination",
                          f"The parameter {ids[0].lower()}{ids[1:]}s cannot be used with the parameter maxResults")
        if not asked.isdecimal():
            raise Refused("InvalidParameterValue", f"Value ( {asked} ) for parameter maxResults is invalid.")
        most = int(asked)
        if not 5 <= most <= top:
            bound = "greater than or equal to 5" if most < 5 else f"less than or equal to {top}"
            raise Refused("InvalidParameterValue",
                          f"Value ( {most} ) for parameter maxResults is invalid. Expecting a value {bound}.")
        size = min(size, most)
    elif form.numbered(ids):
        size = len(chosen)
    token = form.get("NextToken")
    start, empty = _open_token(token) if token else (0, False)
    if region.empty_pages and not empty and start < len(chosen):
        return [], _make_token(start, True)
    end = start + size
    return chosen[start:end], _make_token(end, False) if end < len(chosen) else None


def _make_token(start: int, empty: bool) -> str:
    return base64.b64encode(b"\xfb\xef\xbe\xff" * 24 + b"%d %d" % (start, empty)).decode()


def _open_token(token: str) -> tuple[int, bool]:
    try:
        start, empty = base64.b64decode(token, validate=True)[96:].split()
        return int(start), empty == b"1"
    except ValueError:
        raise Refused("InvalidPaginationToken", "The pagination token is invalid") from None


# The actions. Each takes (region, form, as_of) and gives the members of its reply.

Handler = Callable[["Region", Form, float | None], dict[str, Any]]
ACTIONS: dict[str, tuple[Handler, frozenset[str]]] = {}


def _action(*parameters: str) -> Callable[[Handler], Handler]:
    """Enter a handler under its name in EC2's spelling, with the parameters that it knows."""
    def enter(handler: Handler) -> Handler:
        name = "".join(word.capitalize() for word in handler.__name__.split("_"))
        ACTIONS[name] = (handler, frozenset(parameters) | {"Action", "Version", "DryRun"})
        return handler
    return enter


def _describe(region: Region, form: Form, ids: str, kind: model.Kind, properties: dict[str, Property],
              resources: dict[str, Any], member: str, tell: Callable[[Any], Any], top: int = 1000) -> dict[str, Any]:
    page, token = _page(region, form, ids, _select(form, ids, kind, properties, resources), top)
    return {member: [tell(resource) for resource in page], "nextToken": token}


@_action("Filter", "RouteTableId", "MaxResults", "NextToken")
def describe_route_tables(region: Region, form: Form, as_of: float | None) -> dict[str, Any]:
    return _describe(region, form, "RouteTableId", model.TABLE, TABLE_FILTERS, region.tables, "routeTableSet",
                     lambda table: _table_xml(region, table, table.at(as_of)), top=100)


@_action("Filter", "NetworkInterfaceId", "MaxResults", "NextToken")
def describe_network_interfaces(region: Region, form: Form, as_of: float | None) -> dict[str, Any]:
    return _describe(region, form, "NetworkInterfaceId", model.ENI, ENI_FILTERS, region.enis, "networkInterfaceSet",
                     partial(_eni, region))


@_action("Filter", "InstanceId", "MaxResults", "NextToken")
def describe_instances(region: Region, form: Form, as_of: float | None) -> dict[str, Any]:
    return _describe(region, form, "InstanceId", model.INSTANCE, INSTANCE_FILTERS, region.instances, "reservationSet",
                     partial(_instance, region))


@_action("Filter", "SubnetId", "MaxResults", "NextToken")
def describe_subnets(region: Region, form: Form, as_of: float | None) -> dict[str, Any]:
    return _describe(region, form, "SubnetId", model.SUBNET, SUBNET_FILTERS, region.subnets, "subnetSet",
                     partial(_subnet, region))


@_action("Filter", "VpcId", "MaxResults", "NextToken")
def describe_vpcs(region: Region, form: Form, as_of: float | None) -> dict[str, Any]:
    return _describe(region, form, "VpcId", model.VPC, VPC_FILTERS, region.vpcs, "vpcSet", partial(_vpc, region))


_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
_TARGET_PARAMETERS = ("NetworkInterfaceId", "InstanceId", "GatewayId", "NatGatewayId", "TransitGatewayId",
                      "VpcPeeringConnectionId", "EgressOnlyInternetGatewayId", "LocalGatewayId", "CarrierGatewayId")


def _one_of(form: Form, names: Sequence[str]) -> tuple[str, str]:
    given = [(name, value) for name in names if (value := form.get(name))]
    if not given:
        raise Refused("MissingParameter", f"The request must contain exactly one of {', '.join(names)}")
    if len(given) > 1:
        raise Refused("InvalidParameterCombination", f"Exactly one of {', '.join(names)} must be given")
    return given[0]


def _destination(form: Form) -> str:
    name, text = _one_of(form, _DESTINATIONS)
    try:
        value = model.canonical(text)
        if "/" not in text or (":" in value) != ("Ipv6" in name):
            raise ValueError(text)
        return value
    except ValueError:
        if name == "DestinationPrefixListId":
            return text
        raise Refused("InvalidParameterValue", f"Value ({text}) for parameter {name[0].lower()}{name[1:]} is invalid. "
                      "This is not a valid CIDR block.") from None


def _target(region: Region, form: Form) -> str:
    name, value = _one_of(form, _TARGET_PARAMETERS)
    if name != "InstanceId":
        return value
    model.INSTANCE.check(value)
    if value not in region.instances:
        raise model.INSTANCE.missing(value)
    return region.instances[value].eni


@_action("RouteTableId", *_DESTINATIONS, *_TARGET_PARAMETERS)
def create_route(region: Region, form: Form, as_of: float | None) -> dict[str, Any]:
    region.create_route(form.need("RouteTableId"), _destination(form), _target(region, form))
    return {"return": True}


@_action("RouteTableId", *_DESTINATIONS, *_TARGET_PARAMETERS)
def replace_route(region: Region, form: Form, as_of: float | None) -> dict[str, Any]:
    region.replace_route(form.need("RouteTableId"), _destination(form), _target(region, form))
    return {"return": True}


@_action("RouteTableId", *_DESTINATIONS)
def delete_route(region: Region, form: Form, as_of: float | None) -> dict[str, Any]:
    region.delete_route(form.need("RouteTableId"), _destination(form))
    return {"return": True}


@_action("NetworkInterfaceId", "SourceDestCheck")
def modify_network_interface_attribute(region: Region, form: Form, as_of: float | None) -> dict[str, Any]:
    eni = form.need("NetworkInterfaceId")
    form.need("SourceDestCheck.Value")
    region.set_source_dest_check(eni, form.flag("SourceDestCheck.Value"))
    return {"return": True}


@_action("VpcId", "CidrBlock", "Ipv6CidrBlock", "Ipv6Native", "AvailabilityZone")
def create_subnet(region: Region, form: Form, as_of: float | None) -> dict[str, Any]:
    name = "Ipv6CidrBlock" if form.flag("Ipv6Native") else "CidrBlock"
    return {"subnet": _subnet(region, region.create_subnet(form.need("VpcId"), form.need(name)))}


@_action("InstanceId", "HttpEndpoint", "HttpTokens", "HttpPutResponseHopLimit")
def modify_instance_metadata_options(region: Region, form: Form, as_of: float | None) -> dict[str, Any]:
    endpoint, hops = form.get("HttpEndpoint"), form.get("HttpPutResponseHopLimit")
    host = region.modify_metadata(form.need("InstanceId"), endpoint and endpoint == "enabled", hops and int(hops))
    return {"instanceId": host.id, "instanceMetadataOptions": {
        "state": "pending", "httpTokens": "required", "httpPutResponseHopLimit": host.hops,
        "httpEndpoint": "enabled" if host.metadata else "disabled"}}


# The service: what the server calls.

class Service:
    """EC2 as an HTTP service of one region."""

    name = "ec2"

    def __init__(self, region: Region):
        self._region = region
        self.instance = None

    def label(self, request: http1.Request) -> tuple[str, dict[str, str]]:
        """What to call the request in the log and in faults, and its parameters."""
        try:
            values = Form(_text(request)).values
        except Refused:
            values = {}
        return values.pop("Action", "?"), values

    def answer(self, request: http1.Request, entry: Request, as_of: float | None) -> http1.Reply:
        """Carry the request out, and answer. `as_of` is a moment in the past to describe from."""
        region = self._region
        entry.access_key = sigv4.access_key_of(request.headers)
        try:
            if request.path != "/" or request.method not in ("POST", "GET"):
                raise Refused("InvalidAction", "Only POST / is served here", 404)
            key = sigv4.verify(request.method, request.path, request.query, request.headers, request.body,
                               keys=region.keys, now=region.now(), region=region.name, service="ec2")
            form = Form(_text(request))
            with region.lock:
                return self._success(form.need("Action"), self._admit(form, key)(region, form, as_of))
        except Refused as refused:
            return self.refuse(refused)

    def _admit(self, form: Form, key: sigv4.Key) -> Handler:
        """The handler of the action, if its parameters are known, the caller may do it, and it is no dry run."""
        name = form.need("Action")
        if form.need("Version") != VERSION or name not in ACTIONS:
            raise Refused("InvalidAction", f"The action {name} is not valid for this web service.")
        handler, known = ACTIONS[name]
        for parameter in form.values:
            if parameter.split(".")[0] not in known:
                raise Refused("UnknownParameter", f"The parameter {parameter} is not recognized")
        self._region.throttle.take(name)
        self._region.authorize(name, form.get("RouteTableId") or form.get("NetworkInterfaceId"), key.arn)
        if form.flag("DryRun"):
            raise Refused("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
        return handler

    def _success(self, action: str, members: dict[str, Any]) -> http1.Reply:
        identifier = self._region.request_id()
        content = to_xml(members | {"requestId": identifier}, self._region.chance)
        text = f'{_DECLARATION}<{action}Response xmlns="{NAMESPACE}">{content}</{action}Response>'
        return http1.Reply(200, text.encode(), {"x-amzn-RequestId": identifier, **_HEADERS})

    def refuse(self, refused: Refused) -> http1.Reply:
        identifier = self._region.request_id()
        error = {"Code": refused.code, "Message": refused.message}
        text = (f"{_DECLARATION}<Response><Errors>{_element('Error', to_xml(error, self._region.chance))}</Errors>"
                f"<RequestID>{identifier}</RequestID></Response>")
        # EC2 often ends the connection after an error.
        return http1.Reply(refused.status, text.encode(), {"x-amzn-RequestId": identifier, **_HEADERS}, refused.code,
                           close=self._region.chance.random() < 0.5)

    def encode(self, reply: http1.Reply) -> bytes:
        """The reply's bytes, counted or chunked; an error that ends the connection is always chunked."""
        region = self._region
        mixed = region.framing == "mixed" and (reply.close or region.chance.random() < 0.5)
        return http1.encode(reply, region.now(), region.chance if mixed or region.framing == "chunked" else None)


def _text(request: http1.Request) -> str:
    return request.body.decode("latin-1") if request.method == "POST" else request.query
