"""Reads what an environment is made of: `[environment]`, `[accounts]` and `[vendors]`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple

from trailwarden.catalog.document import Document, Path, is_texts
from trailwarden.catalog.doubts import (
    network_doubt,
    region_fault,
    role_doubt,
    role_fault,
    role_form_fault,
    subject_fault,
)
from trailwarden.cloudtrail.spelling import suggestion
from trailwarden.cloudtrail.user_agent import TOOLS
from trailwarden.environment import AccountClass, Environment

_ACCOUNT = re.compile(r"\d{12}")
_ROLES = ("deploy_roles", "security_roles", "break_glass_roles")


class Vendor(NamedTuple):
    """A company that is let into accounts of the organization."""

    name: str
    roles: tuple[str, ...] = ()
    """ARNs of the roles that it takes here to read, as globs."""


def read_environment(document: Document) -> Environment:
    """Return what the file says of the environment; raises TuningError for what cannot be."""
    table = document.table(document.content, "environment", ())
    environment = _environment(document, table)
    names, classes = _accounts(document)
    vendors = _vendors(document)
    scanners = tuple(role for vendor in vendors.values() for role in vendor.roles)
    return replace(
        environment,
        account_names={id_: vendor.name for id_, vendor in vendors.items()} | names,
        account_classes=classes,
        trusted_accounts=tuple(dict.fromkeys((*environment.trusted_accounts, *vendors))),
        security_roles=tuple(dict.fromkeys((*environment.security_roles, *scanners))),
    )


def _environment(document: Document, table: Mapping[str, Any]) -> Environment:
    apart = ("account_names", "account_classes")
    known = {f.name: f for f in fields(Environment) if f.name not in apart}
    document.refuse_others(table, known, ("environment",))
    for key, value in table.items():
        path = ("environment", key)
        if key == "deploy_role_origins":
            _check_origins(document, value, path)
            continue
        wants_text = isinstance(known[key].default, str)
        if wants_text and not isinstance(value, str):
            raise document.error(path, f"{key} has to be text")
        if not wants_text and not is_texts(value):
            raise document.error(path, f"{key} has to be a list of texts")
        _check_values(document, key, value, path)
    read: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    origins = table.get("deploy_role_origins", {})
    deploy = table.get("deploy_roles", [])
    for glob in origins:
        if not any(fnmatchcase(role, glob) or fnmatchcase(glob, role) for role in deploy):
            hint = suggestion(glob, deploy)
            raise document.error(
                ("environment", "deploy_role_origins", glob),
                f"{glob!r} is none of deploy_roles{hint}: nothing would be checked",
            )
    read["deploy_role_origins"] = {glob: tuple(places) for glob, places in origins.items()}
    return Environment(**read)


def _check_values(document: Document, key: str, value: Any, path: Path) -> None:
    if problem := next(_problems_of(key, value), ""):
        raise document.error(path, problem)
    doubted = network_doubt if key.endswith("_ranges") else role_doubt
    if key.endswith("_ranges") or key in _ROLES:
        for doubt in filter(None, map(doubted, value)):
            document.doubt(path, doubt)
    if key in ("log_buckets", "pipeline_resources"):
        for glob in (glob for glob in value if not glob.strip("*?")):
            document.doubt(path, f"{glob!r} names everything: write the names that are meant")


def _check_origins(document: Document, origins: Any, path: Path) -> None:
    """Refuse origins that are neither networks nor identity providers."""
    if not isinstance(origins, Mapping):
        message = "write [environment.deploy_role_origins], and a line per role"
        raise document.error(path, message)
    for glob, places in origins.items():
        at = (*path, glob)
        if not is_texts(places) or not places:
            message = f"{glob} has to be a list of CIDR blocks and provider ARNs"
            raise document.error(at, message)
        if fault := role_form_fault(glob):
            raise document.error(at, fault)
        blocks = [place for place in places if not place.startswith("arn:")]
        _check_values(document, "origin_ranges", blocks, at)


def _accounts(document: Document) -> tuple[dict[str, str], dict[str, AccountClass]]:
    """Return the names of accounts and what they are for: `"name"`, or a name and a class."""
    names, classes = {}, {}
    for account_id, said in document.table(document.content, "accounts", ()).items():
        path = ("accounts", account_id)
        entry = said if isinstance(said, Mapping) else {"name": said}
        _check_account(document, account_id, entry, ("name", "class"), path)
        names[account_id] = entry["name"]
        if "class" in entry:
            try:
                classes[account_id] = AccountClass(entry["class"])
            except ValueError:
                choices = ", ".join(AccountClass)
                hint = suggestion(str(entry["class"]), AccountClass)
                message = f"{entry['class']!r} is no class of accounts{hint}: use one of {choices}"
                raise document.error(path, message) from None
    return names, classes


def _vendors(document: Document) -> dict[str, Vendor]:
    """Return the vendors by their accounts, each with the roles that it reads in."""
    vendors = {}
    for account_id, entry in document.table(document.content, "vendors", ()).items():
        path = ("vendors", account_id)
        if not isinstance(entry, Mapping):
            message = 'write { name = "...", roles = ["arn:aws:iam::*:role/..."] }'
            raise document.error(path, message)
        _check_account(document, account_id, entry, ("name", "roles"), path)
        roles = entry.get("roles", [])
        if not is_texts(roles) or any(not role.startswith("arn:") for role in roles):
            raise document.error(path, "roles has to be a list of ARNs of roles, as globs")
        _check_values(document, "security_roles", roles, path)
        vendors[account_id] = Vendor(entry["name"], tuple(roles))
    return vendors


def _check_account(
    document: Document, id_: str, entry: Mapping[str, Any], known: Sequence[str], path: Path
) -> None:
    if not _ACCOUNT.fullmatch(id_):
        raise document.error(path, f"{id_!r} is no account id of 12 digits")
    document.refuse_others(entry, known, path)
    name = entry.get("name")
    if not isinstance(name, str) or not name.strip():
        raise document.error(path, f"give the account {id_} a name in quotes")


def _problems_of(key: str, value: Sequence[str]) -> Iterator[str]:
    """Yield the faults of accounts, roles, networks or tools of the environment."""
    if key == "used_regions":
        yield from filter(None, map(region_fault, value))
    if key.endswith("_accounts"):
        odd = (item for item in value if not _ACCOUNT.fullmatch(item))
        yield from (f"{item!r} is no account id of 12 digits" for item in odd)
    if key == "known_tools":
        odd = (item for item in value if item not in TOOLS)
        yield from (f"{item!r} is no tool that rules look for: {', '.join(TOOLS)}" for item in odd)
    if key in _ROLES:
        yield from filter(None, map(role_fault, value))
    if key == "trusted_token_subjects":
        yield from filter(None, map(subject_fault, value))
    if key.endswith("_ranges"):
        yield from filter(None, map(_network_fault, value))


def _network_fault(block: str) -> str:
    try:
        network = ip_network(block, strict=False)
    except ValueError:
        return f"{block!r} is no network: write a CIDR block such as 203.0.113.0/24"
    if ip_address(block.partition("/")[0]) != network.network_address:
        return f"{block} is an address within a network: write {network}"
    if not network.prefixlen:
        return f"{block} is every address: write the networks that are meant"
    return ""
