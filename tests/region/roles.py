"""IAM, version 2010-05-08, as far as it gives a role an inline policy."""

from __future__ import annotations

import json
import re
from typing import Any

from . import ec2, http1, sigv4
from .errors import Refused
from .iam import Malformed
from .log import Request

VERSION = "2010-05-08"
NAMESPACE = f"https://iam.amazonaws.com/doc/{VERSION}/"
_PARAMETERS = {"Action", "Version", "RoleName", "PolicyName", "PolicyDocument"}
_NAME = r"[\w+=,.@-]{1,128}"


class Service(ec2.Service):
    """IAM as an HTTP service, which is nobody's region."""

    name = "iam"

    def answer(self, request: http1.Request, entry: Request, as_of: float | None) -> http1.Reply:
        region = self._region
        entry.access_key = sigv4.access_key_of(request.headers)
        try:
            # Of us-east-1 in AWS; but who is told a URL signs for the region that he has.
            sigv4.verify(request.method, request.path, request.query, request.headers, request.body, keys=region.keys,
                         now=region.now(), region=region.name, service="iam")
            form = ec2.Form(request.body.decode("latin-1"))
            if form.need("Version") != VERSION or form.need("Action") != "PutRolePolicy" or form.values.keys() - _PARAMETERS:
                raise Refused("InvalidAction", f"Could not find operation {form.need('Action')} for version {form.need('Version')}")
            self._put_role_policy(form)
            return self._success("PutRolePolicy", {})
        except Refused as refused:
            return self.refuse(refused)

    def _put_role_policy(self, form: ec2.Form) -> None:
        role, name = form.need("RoleName"), form.need("PolicyName")
        if not re.fullmatch(_NAME, name, re.ASCII):
            raise Refused("ValidationError", f"1 validation error detected: Value '{name}' at 'policyName' failed to satisfy constraint")
        if role not in {host.role for host in self._region.instances.values()}:
            raise Refused("NoSuchEntity", f"The role with name {role} cannot be found.", 404)
        try:
            with self._region.lock:
                self._region.put_role_policy(role, name, form.need("PolicyDocument"))
        except (Malformed, json.JSONDecodeError) as error:
            raise Refused("MalformedPolicyDocument", f"Syntax errors in policy: {error}") from None

    def _success(self, action: str, members: dict[str, Any]) -> http1.Reply:
        told = {"ResponseMetadata": {"RequestId": self._region.request_id()}} | members
        text = f'<{action}Response xmlns="{NAMESPACE}">{ec2.to_xml(told, self._region.chance)}</{action}Response>'
        return http1.Reply(200, text.encode(), {"Content-Type": "text/xml"})

    def refuse(self, refused: Refused) -> http1.Reply:
        error = {"Error": {"Type": "Sender", "Code": refused.code, "Message": refused.message}, "RequestId": self._region.request_id()}
        text = f'<ErrorResponse xmlns="{NAMESPACE}">{ec2.to_xml(error, self._region.chance)}</ErrorResponse>'
        return http1.Reply(refused.status, text.encode(), {"Content-Type": "text/xml"}, refused.code)
