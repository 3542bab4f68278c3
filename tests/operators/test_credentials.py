"""Whose keys it works with: for each set-up the same as botocore, or, where that gives none, none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any
from unittest.mock import patch

import botocore.loaders
import botocore.session
import botocore.utils
import pytest

from faults.rig import API, API_NAME, CA_FILE, STS, STS_NAME, Rig, Run, opened
from faults.trace import at_its_end, memory
from region import container

HOME = "/etc/caller"
TOKEN_FILE = "/etc/caller/token"
SUBJECT = "system:serviceaccount:iris:mirror"
PATH = "/v2/credentials/mirror"
AUTHORIZATION = "eyJhbGciOi-SECRET-OF-THE-CONTAINER"
INSTANCE = "/latest/meta-data/iam/security-credentials/"
LOADER = botocore.loaders.create_loader()  # reads botocore's data once for all sessions


@dataclass(frozen=True)
class SetUp:
    """What is in the environment and in the two files below HOME."""

    env: dict[str, str] = field(default_factory=dict)
    credentials: str = ""
    config: str = ""

    def __or__(self, other: SetUp) -> SetUp:
        return SetUp(self.env | other.env, self.credentials + other.credentials, self.config + other.config)


class Chain:
    """A rig with all that keys can come from. `use` a set-up, then ask botocore and the program."""

    def __init__(self, rig: Rig, stack: ExitStack):
        self.rig = rig
        region = rig.region
        self.keys = {name: region.add_key(f"AKIA{name:A<16}", f"{name}/SECRET+{'x' * 24}", name) for name in ("ENV", "FILE", "CONFIG", "BASE", "OTHER")}
        everyone = [key.arn for key in self.keys.values()] + ["mirror", "first", "task", "web"]
        for role in ("first", "second", "third"):
            region.add_role(role, everyone)
        region.add_role("guarded", everyone, external_id="a:b/c")
        region.add_role("web", [SUBJECT])
        self.token = region.add_web_identity(SUBJECT)
        self.served = container.Service(region, "task", PATH)
        self.guarded = container.Service(region, "task", PATH, AUTHORIZATION)
        rig.place.ip("addr replace 169.254.170.2/32 dev lo")
        # What answers there does so as long as the region does.
        server = stack.enter_context(region.serve([], {}, sts=[]))
        server.add_container(rig.listener("169.254.170.2", 80), self.served)
        self.port = server.add_container(rig.listener("127.0.0.1"), self.guarded)

    def file(self, profile: str, name: str) -> str:
        key = self.keys[name]
        return f"[{profile}]\naws_access_key_id = {key.access_key}\naws_secret_access_key = {key.secret_key}\n"

    def own(self, name: str) -> str:
        return self.file("x", name).partition("\n")[2]

    def role(self, name: str, *lines: str) -> str:
        return "".join(f"{line}\n" for line in (f"role_arn = arn:aws:iam::{self.rig.region.account}:role/{name}", *lines))

    @property
    def url(self) -> dict[str, str]:
        return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{self.port}{PATH}"}

    @property
    def web(self) -> dict[str, str]:
        return {"AWS_WEB_IDENTITY_TOKEN_FILE": TOKEN_FILE, "AWS_ROLE_ARN": f"arn:aws:iam::{self.rig.region.account}:role/web"}

    def use(self, setup: SetUp, token: str | None = None) -> dict[str, str]:
        """Write the files; the environment to run with."""
        self.rig.place.write("/etc/hosts", f"127.0.0.1 localhost\n{API} {API_NAME}\n{STS} {STS_NAME}\n")
        self.rig.place.write(f"{HOME}/.aws/credentials", setup.credentials, 0o600)
        self.rig.place.write(f"{HOME}/.aws/config", setup.config, 0o600)
        self.rig.place.write(TOKEN_FILE, token or self.token, 0o600)
        # One that is listed in botocore's own data, so that both sign for it.
        return self.rig.environment(HOME=HOME, AWS_CA_BUNDLE=CA_FILE, AWS_DEFAULT_REGION=self.rig.region.name,
                                    AWS_STS_REGIONAL_ENDPOINTS="regional", PATH="/usr/bin:/bin") | setup.env

    def whose(self, access_key: str | None) -> str:
        """Whom the region knows the key as, whatever the session is called."""
        arn = self.rig.region.keys[access_key or ""].arn
        return "/".join(arn.split("/")[:2])

    def botocore(self, env: dict[str, str]) -> str | Exception:
        """Whose keys botocore takes, or why it takes none."""
        def ask() -> str | Exception:
            with patch.dict(os.environ, env, clear=True), patch.object(botocore.utils.ContainerMetadataFetcher, "SLEEP_TIME", 0):
                try:
                    session = botocore.session.Session()
                    session.register_component("data_loader", LOADER)
                    credentials = session.get_credentials()
                    return self.whose(credentials.get_frozen_credentials().access_key) if credentials else LookupError("there are none")
                except Exception as error:
                    return error
        return self.rig.place.call(ask)

    def run(self, env: dict[str, str], verb: str = "status", *more: str, **options: Any) -> Run:
        argv = self.rig.argv(verb, "--deadline", "5", *more, endpoint=False)
        self.rig.region.log.clear()
        self.rig.record_tokens()
        return self.rig.raw(argv, env, **options)

    def program(self, env: dict[str, str]) -> str | Run:
        """Whose keys the program takes, or how it ended that it takes none."""
        run = self.run(env)
        asked = self.rig.region.log.actions("DescribeRouteTables")
        if run.kind in ("OK", "DIFFERS"):
            [access_key] = {request.access_key for request in asked}
            return self.whose(access_key)
        assert run.kind in ("IDENTITY", "USAGE") and not asked, run.err
        return run


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    with ExitStack() as stack:
        yield Chain(stack.enter_context(opened(tables=1)), stack)


@pytest.fixture(autouse=True)
def as_new(chain: Chain) -> None:
    chain.rig.reset()


def agree(chain: Chain, setups: dict[str, SetUp]) -> dict[str, str]:
    """By name, whose keys both take; "none" if neither takes any."""
    theirs, ours = {}, {}
    for name, setup in setups.items():
        env = chain.use(setup)
        said, did = chain.botocore(env), chain.program(env)
        theirs[name] = said if isinstance(said, str) else "none"
        ours[name] = did if isinstance(did, str) else "none"
        if theirs[name] != ours[name]:
            print(name, "botocore:", repr(said), "mirrorvip:", did)
    assert ours == theirs
    return ours


def user(name: str) -> str:
    return f"arn:aws:iam::123456789012:user/{name}"


def role(name: str) -> str:
    return f"arn:aws:sts::123456789012:assumed-role/{name}"


# The order.

def test_sources_alone_in_pairs_and_all(chain: Chain) -> None:
    """Each source alone, beside each of the others, and all at once: each time the first of them counts."""
    sources = {
        user("ENV"): SetUp({"AWS_ACCESS_KEY_ID": chain.keys["ENV"].access_key, "AWS_SECRET_ACCESS_KEY": chain.keys["ENV"].secret_key}),
        role("first"): SetUp(credentials=chain.file("base", "BASE"), config=chain.role("first", "source_profile = base")),
        role("web"): SetUp(chain.web),
        user("FILE"): SetUp(credentials=chain.file("default", "FILE")),
        user("CONFIG"): SetUp(config=chain.own("CONFIG")),
        role("task"): SetUp({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": PATH}),
    }
    setups, first = {}, {}
    for chosen in ((), *((name,) for name in sources), *combinations(sources, 2), tuple(sources)):
        setup = SetUp(config="[default]\n")
        for name in chosen:
            setup |= sources[name]
        setups[" + ".join(chosen)] = setup
        first[" + ".join(chosen)] = chosen[0] if chosen else role("mirror")
    assert agree(chain, setups) == first


def test_ways_to_say_it(chain: Chain) -> None:
    """Profiles, roles of roles, the names of sources, the places of files."""
    env = {"AWS_ACCESS_KEY_ID": chain.keys["ENV"].access_key, "AWS_SECRET_ACCESS_KEY": chain.keys["ENV"].secret_key}
    files = SetUp(credentials=chain.file("default", "FILE") + chain.file("ops", "OTHER"), config="[profile bare]\nregion = eu-central-1\n")
    roles = SetUp(credentials=chain.file("base", "BASE"), config=(
        "[profile first]\n" + chain.role("first", "source_profile = base") +
        "[profile second]\n" + chain.role("second", "source_profile = first", "role_session_name = me") +
        "[profile guarded]\n" + chain.role("guarded", "source_profile = base", "external_id = a:b/c") +
        "[profile own]\n" + chain.role("first", "source_profile = own") + chain.own("CONFIG") +
        "[profile web]\n" + chain.role("web", f"web_identity_token_file = {TOKEN_FILE}") +
        "[profile \"after web\"]\n" + chain.role("third", "source_profile = web") +
        "[profile instance]\n" + chain.role("first", "credential_source = Ec2InstanceMetadata") +
        "[profile task]\n" + chain.role("first", "credential_source = EcsContainer")))

    def profile(name: str, at: SetUp = roles, **env: str) -> SetUp:
        return replace(at, env={"AWS_PROFILE": name} | env)
    assert agree(chain, {
        "profile": profile("ops", files), "default by name": profile("default", files), "without keys": profile("bare", files),
        "the older name": replace(files, env={"AWS_DEFAULT_PROFILE": "ops"}),
        "both names": replace(files, env={"AWS_DEFAULT_PROFILE": "default", "AWS_PROFILE": "ops"}),
        "environment and profile": replace(files, env=env | {"AWS_PROFILE": "ops"}),
        "one role": profile("first"), "role of a role": profile("second"), "external id": profile("guarded"),
        "its own keys": profile("own"),
        "web": profile("web"), "role after web": profile("after web"), "instance": profile("instance"),
        "task": profile("task", AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=PATH),
        "secret alone": SetUp({"AWS_SECRET_ACCESS_KEY": chain.keys["ENV"].secret_key}),
        "secret alone in a file": SetUp(credentials="[default]\naws_secret_access_key = x\n"),
        "empty file": SetUp({"AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_CONFIG_FILE": "/etc"},
                            credentials=chain.file("default", "FILE")),
        "files elsewhere": SetUp({"AWS_SHARED_CREDENTIALS_FILE": f"{HOME}/.aws/config"}, config=chain.file("default", "OTHER")),
        "tilde": SetUp({"AWS_SHARED_CREDENTIALS_FILE": "~/.aws/config"}, config=chain.file("default", "OTHER")),
        "indented": SetUp(credentials="\n".join("  " + line for line in chain.file("default", "FILE").splitlines()) + "\n"),
        "comments": SetUp(credentials="# [default]\n; x\n" + chain.file("default", "FILE").replace(" = ", ": ").upper().replace("[DEFAULT]", "[default]")
                          .replace(chain.keys["FILE"].secret_key.upper(), chain.keys["FILE"].secret_key)),
        "nested": SetUp(config="[default]\ns3 =\n  aws_access_key_id = no\n" + chain.own("CONFIG")),
        "authorized": SetUp(chain.url | {"AWS_CONTAINER_AUTHORIZATION_TOKEN": AUTHORIZATION}),
        "path before URL": SetUp(chain.url | {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": PATH}),
        "instance not to be asked, but a task": SetUp({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": PATH,
                                                       "AWS_EC2_METADATA_DISABLED": "true"}),
    } ) == {
        "profile": user("OTHER"), "default by name": user("FILE"), "without keys": role("mirror"), "the older name": user("OTHER"),
        "both names": user("FILE"),
        "environment and profile": user("ENV"),
        "one role": role("first"), "role of a role": role("second"), "external id": role("guarded"), "its own keys": role("first"),
        "web": role("web"), "role after web": role("third"), "instance": role("first"), "task": role("first"),
        "secret alone": role("mirror"), "secret alone in a file": role("mirror"), "empty file": role("mirror"),
        "files elsewhere": user("OTHER"), "tilde": user("OTHER"),
        "indented": user("FILE"), "comments": user("FILE"), "nested": user("CONFIG"),
        "authorized": role("task"), "path before URL": role("task"), "instance not to be asked, but a task": role("task"),
    }


def test_what_is_set_up_wrongly(chain: Chain) -> None:
    """Neither goes on to the next source, though each would find keys there."""
    task = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": PATH}
    wrong = {
        "id alone": SetUp({"AWS_ACCESS_KEY_ID": chain.keys["ENV"].access_key}),
        "id alone in a file": SetUp(credentials=f"[default]\naws_access_key_id = {chain.keys['FILE'].access_key}\n",
                                    config=chain.file("default", "CONFIG")),
        "no such profile": SetUp({"AWS_PROFILE": "ops"}, credentials=chain.file("default", "FILE")),
        "no such profile, but keys": SetUp({"AWS_PROFILE": "ops", "AWS_ACCESS_KEY_ID": chain.keys["ENV"].access_key,
                                            "AWS_SECRET_ACCESS_KEY": chain.keys["ENV"].secret_key}),
        "no file": SetUp(config="nothing\n"),
        "no file, but keys": SetUp(credentials=chain.file("default", "FILE"), config="[default]\nnothing\n"),
        "a key twice": SetUp(credentials=chain.file("default", "FILE") + "aws_access_key_id = x\n"),
        "a profile twice": SetUp(credentials=chain.file("default", "FILE") * 2),
        "role without source": SetUp(config="[default]\n" + chain.role("first")),
        "role with two": SetUp(config="[default]\n" + chain.role("first", "source_profile = default",
                                                                 "credential_source = Ec2InstanceMetadata")),
        "no such source profile": SetUp(config="[default]\n" + chain.role("first", "source_profile = x")),
        "source profile without keys": SetUp(task, config="[default]\n" + chain.role("first", "source_profile = x") + "[profile x]\noutput = json\n"),
        "a circle": SetUp(config="[default]\n" + chain.role("first", "source_profile = x") + "[profile x]\n" + chain.role("second", "source_profile = default")),
        "no such source": SetUp(config="[default]\n" + chain.role("first", "credential_source = Ec2")),
        "no task": SetUp(config="[default]\n" + chain.role("first", "credential_source = EcsContainer")),
        "no environment": SetUp(config="[default]\n" + chain.role("first", "credential_source = Environment")),
        "not trusted": SetUp(credentials=chain.file("default", "FILE"),
                             config="[default]\n" + chain.role("web", "source_profile = default")),
        "no external id": SetUp(credentials=chain.file("default", "FILE"),
                                config="[default]\n" + chain.role("guarded", "source_profile = default")),
        "token without role": SetUp({"AWS_WEB_IDENTITY_TOKEN_FILE": TOKEN_FILE}),
        "no token": SetUp(chain.web | {"AWS_WEB_IDENTITY_TOKEN_FILE": "/etc/none"}),
        "a token of another's": SetUp(chain.web | {"AWS_WEB_IDENTITY_TOKEN_FILE": "/etc/hostname"}),
        "a role that is not the token's": SetUp(chain.web | {"AWS_ROLE_ARN": chain.web["AWS_ROLE_ARN"].replace("web", "first")}),
        "no such path": SetUp({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/other"}),
        "not authorized": SetUp(chain.url), "a host that is none": SetUp({"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{STS_NAME}/"}),
        "instance not to be asked": SetUp({"AWS_EC2_METADATA_DISABLED": "true"}),
    }
    assert agree(chain, wrong) == dict.fromkeys(wrong, "none")
    assert not chain.rig.region.log.count(INSTANCE)


# What botocore's package does not do, or would need a person or another program for.

@pytest.mark.parametrize(("config", "says"), [
    ("credential_process = /bin/echo", "has a credential_process, and no other program is run here"),
    ("sso_account_id = 1\nsso_role_name = r", "IAM Identity Center"),
    ("role_arn = arn:aws:iam::123456789012:role/first\nsource_profile = default\nmfa_serial = arn:x", "has an mfa_serial")])
def test_what_is_not_done_is_said(chain: Chain, config: str, says: str) -> None:
    run = chain.run(chain.use(SetUp(config=f"[default]\n{config}\n")))
    assert run.kind == "IDENTITY" and says in run.text and "AWS_PROFILE" in run.text, run.err
    assert not chain.rig.region.log.connections or not chain.rig.asked("ec2")


def test_the_authorization_is_in_a_file(chain: Chain) -> None:
    """As EKS has it: it counts before the variable, and a line end is none of it."""
    env = chain.use(SetUp(chain.url | {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": TOKEN_FILE, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "other"}),
                    AUTHORIZATION + "\n")
    assert chain.program(env) == role("task")


def test_the_profiles_region(chain: Chain) -> None:
    """Where neither an option nor the environment nor the configuration names one; before the instance's."""
    setup = SetUp(credentials=chain.file("default", "FILE"), config="[default]\nregion = us-isoz-east-1\n")
    env = chain.use(setup)
    del env["AWS_DEFAULT_REGION"]
    run = chain.run(env)
    assert run.kind == "USAGE" and "us-isoz-east-1" in run.text, run.err
    chain.rig.place.write("/etc/mirrorvip.conf", f"region = {chain.rig.region.name}\n")
    assert chain.program(env) == user("FILE")


def test_with_a_role_of_ones_own_after_all(chain: Chain) -> None:
    """--assume-role comes after whatever the chain leads to."""
    env = chain.use(SetUp(chain.web))
    run = chain.run(env, "acquire", "--assume-role", f"arn:aws:iam::{chain.rig.region.account}:role/third", "-v")
    assert run.kind == "OK", run.err
    [access_key] = {request.access_key for request in chain.rig.region.log.requests if request.service == "ec2"}
    assert chain.whose(access_key) == role("third")
    assert [request.access_key is None for request in chain.rig.region.log.requests if request.service == "sts"] == [True, False]
    assert "of the web identity, none of the environment\n" in run.err
    chain.rig.is_here(ReplaceRoute=1)


def test_only_the_callers_own_word_counts(chain: Chain) -> None:
    """With file capabilities the caller is not trusted: neither the environment nor what is below his HOME."""
    env = chain.use(SetUp({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": PATH}, credentials=chain.file("default", "FILE"),
                          config="[default]\nregion = eu-west-1\n"))
    rig = chain.rig
    rig.place.write("/usr/local/sbin/capable", rig.place.call(lambda: open("/usr/local/sbin/mirrorvip", "rb").read()), 0o755)
    rig.place.run(["setcap", "cap_net_admin+ep", "/usr/local/sbin/capable"], check=True)
    rig.place.write("/etc/mirrorvip.conf",
                    f"vip = {rig.scene.vip}\nca-bundle = {CA_FILE}\nimds-endpoint = http://127.0.0.1:{rig.imds_port}\n")
    run = rig.raw(["/usr/local/sbin/capable", "status"], env, user="nobody")
    assert run.kind == "DIFFERS", run.err
    [access_key] = {request.access_key for request in rig.region.log.actions("DescribeRouteTables")}
    assert chain.whose(access_key) == role("mirror")


# Whose they are, which STS tells whoever has them.

def test_check_tells_whose_they_are(chain: Chain) -> None:
    """Of each source, in the words of AWS: who signs, and of which account; and to him a permission that is lacking is given."""
    region, [table] = chain.rig.region, chain.rig.scene.tables
    env = {"AWS_ACCESS_KEY_ID": chain.keys["ENV"].access_key, "AWS_SECRET_ACCESS_KEY": chain.keys["ENV"].secret_key}
    region.deny("ec2:ReplaceRoute", table)
    for name, setup, cure in (
            (user("ENV"), SetUp(env), "put-user-policy --user-name ENV "),
            (user("CONFIG"), SetUp(config=chain.file("default", "CONFIG")), "put-user-policy --user-name CONFIG "),
            (role("first"), SetUp(credentials=chain.file("base", "BASE"), config="[default]\n" + chain.role("first", "source_profile = base")),
             "put-role-policy --role-name first "),
            (role("web"), SetUp(chain.web), "put-role-policy --role-name web "),
            (role("task"), SetUp({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": PATH}), "put-role-policy --role-name task "),
            (role("mirror"), SetUp(), "put-role-policy --role-name mirror ")):
        run = chain.run(chain.use(setup), "check")
        assert run.kind == "REFUSED", run.err
        [access_key] = {request.access_key for request in region.log.actions("GetCallerIdentity")}
        assert chain.whose(access_key) == name
        assert f"  to AWS they are those of {region.keys[access_key or ''].arn}, in account {region.account}\n" in run.out
        assert f"; aws iam {cure}--policy-name mirrorvip-ReplaceRoute-{table} " in run.out, run.out


def test_check_does_without_who_cannot_tell(chain: Chain) -> None:
    """A failover does not need to know: what keeps STS from telling is said, and neither waited for nor taken ill."""
    env = chain.use(SetUp(credentials=chain.file("default", "FILE")))
    chain.rig.with_alias()
    for hosts, fault, says in (("", {}, "cannot resolve " + STS_NAME), (f"{STS} {STS_NAME}\n", {"code": "AccessDenied", "status": 403}, "AccessDenied"),
                               (f"{STS} {STS_NAME}\n", {"delay_s": 4.0}, "")):
        chain.rig.place.write("/etc/hosts", f"127.0.0.1 localhost\n{API} {API_NAME}\n{hosts}")
        if fault:
            chain.rig.fault(service="sts", match="GetCallerIdentity", **fault)
        run = chain.run(env, "check")
        assert run.kind == "OK" and "0 warnings" in run.text, run.out
        [line] = [line for line in run.out.splitlines() if "in whose account they are is not known: " in line]
        assert line.startswith("ok ") and says in line and run.seconds < 4, line
        chain.rig.region.faults.clear()


# When keys end, and what is left of them.

@pytest.mark.parametrize(("setup", "renewed"), [("web", "AssumeRoleWithWebIdentity"), ("task", PATH), ("role", "AssumeRole")])
def test_81_they_are_fetched_once_more(chain: Chain, setup: str, renewed: str) -> None:
    env = chain.use({"web": SetUp(chain.web), "task": SetUp({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": PATH}),
                     "role": SetUp(credentials=chain.file("base", "BASE"),
                                   config="[default]\n" + chain.role("first", "source_profile = base"))}[setup])
    chain.rig.fault(match="DescribeRouteTables", code="ExpiredToken", status=400, count=1)
    run = chain.run(env, "acquire")
    assert run.kind == "OK", run.err
    assert chain.rig.region.log.count(renewed) == 2
    chain.rig.is_here(ReplaceRoute=1)


def test_81_keys_of_a_file_are_not(chain: Chain) -> None:
    env = chain.use(SetUp(credentials=chain.file("default", "FILE")))
    chain.rig.fault(match="DescribeRouteTables", code="ExpiredToken", status=400)
    run = chain.run(env, "acquire")
    assert run.kind == "REFUSED" and "ExpiredToken" in run.text, run.err
    assert chain.rig.region.log.count("DescribeRouteTables") == 1 and not chain.rig.region.log.count(INSTANCE)
    chain.rig.nothing_was_written()


def secret_setups(chain: Chain) -> dict[str, SetUp]:
    return {
        "file": SetUp(credentials=chain.file("default", "FILE")), "config": SetUp(config=chain.file("default", "CONFIG")),
        "broken-file": SetUp(credentials=chain.file("default", "FILE") + "x\n"),
        "web-role": SetUp(config="[default]\n" + chain.role("second", "source_profile = w") + "[profile w]\n"
                          + chain.role("web", f"web_identity_token_file = {TOKEN_FILE}")),
        "web": SetUp(chain.web), "web-denied": SetUp(chain.web | {"AWS_ROLE_ARN": chain.web["AWS_ROLE_ARN"].replace("web", "first")}),
        "task": SetUp(chain.url | {"AWS_CONTAINER_AUTHORIZATION_TOKEN": AUTHORIZATION}),
        "task-denied": SetUp(chain.url | {"AWS_CONTAINER_AUTHORIZATION_TOKEN": AUTHORIZATION + "x"}),
        "roles": SetUp(credentials=chain.file("base", "BASE"), config=(
            "[default]\n" + chain.role("second", "source_profile = first") + "[profile first]\n" + chain.role("first", "source_profile = base"))),
    }


def held(chain: Chain, data: bytes) -> list[str]:
    """Which secrets, of any source, stand in these bytes."""
    known = [*chain.rig.secrets(), chain.token, AUTHORIZATION]
    return [secret[:12] for secret in known if secret[:24].encode() in data]


@pytest.mark.parametrize("how", ["file", "config", "broken-file", "web", "web-role", "web-denied", "task", "task-denied", "roles"])
def test_no_secret_is_in_memory_at_the_end(chain: Chain, how: str) -> None:
    env = chain.use(secret_setups(chain)[how])
    chain.rig.record_tokens()
    found: list[list[str]] = []
    argv = chain.rig.argv("acquire", "--deadline", "5", "-v", endpoint=False)
    code = at_its_end(chain.rig, argv, env, lambda pid: found.append(held(chain, memory(pid))))
    assert found == [[]]
    assert code == (5 if how in ("broken-file", "web-denied", "task-denied") else 0)


@pytest.mark.parametrize(("how", "at_least"), [("file", 1), ("web", 2), ("task", 3)])
def test_while_it_works_they_are(chain: Chain, how: str, at_least: int) -> None:
    """So that the test before would see them."""
    env = chain.use(secret_setups(chain)[how])
    gate = chain.rig.gate("DescribeRouteTables")
    child = chain.rig.place.start(chain.rig.argv("acquire", "--deadline", "5", endpoint=False), env=env)
    gate.wait()
    assert len(held(chain, memory(child.pid))) >= at_least
    gate.open()
    assert "OK" in child.communicate()[1]


def test_nothing_of_them_is_said(chain: Chain) -> None:
    for name, setup in secret_setups(chain).items():
        run = chain.run(chain.use(setup), "status", "-v")
        assert not held(chain, (run.out + run.err).encode()), name
