"""Sigma rules to import, and what comes of them."""

from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

from trailwarden import catalog
from trailwarden.authoring import byte_code
from trailwarden.authoring.sigma.importer import Pack, Result, results
from trailwarden.authoring.sigma.names import Names
from trailwarden.aws.api_models import operations, services
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import iam_user, record

SHIPPED = [m.RULE for m in catalog.modules() if m.__name__.startswith("trailwarden.rules.")]
PACK = Pack(SHIPPED, Names(operations, services), operations)

CREATE = {"eventSource": "iam.amazonaws.com", "eventName": "CreateUser"}
TAGS = ["attack.persistence", "attack.t1136.003"]

ROOT = Path(__file__).parents[3]


def sigma(detection: dict[str, Any] | None = None, **told: Any) -> dict[str, Any]:
    """Return a Sigma rule, by what differs from the plainest."""
    return {
        "title": "A user was made",
        "logsource": {"product": "aws", "service": "cloudtrail"},
        "tags": TAGS,
        "level": "high",
        "detection": {"condition": "selection", **(detection or {"selection": CREATE})},
    } | told


def asked(**fields: Any) -> dict[str, Any]:
    """Return a Sigma rule that looks at one event, with these fields; `__` stands for `|`."""
    return sigma({"selection": CREATE | {k.replace("__", "|"): v for k, v in fields.items()}})


def correlation(kind: str = "event_count", /, **told: Any) -> dict[str, Any]:
    return {
        "title": "Users were made, many",
        "tags": TAGS,
        "level": "high",
        "correlation": {
            "type": kind,
            "rules": ["made"],
            "group-by": ["userIdentity.arn"],
            "timespan": "10m",
            "condition": {"gte": 5},
        }
        | told,
    }


def outcomes(*documents: dict[str, Any]) -> list[Result]:
    return list(results([("rule.yml", yaml.safe_dump_all(documents))], PACK))


def text_of(*documents: dict[str, Any]) -> str:
    """Return the module that the last of some rules becomes."""
    result = outcomes(*documents)[-1]
    assert result.imported, result.message
    return result.imported.text


def module_of(text: str, tmp_path: Path) -> ModuleType:
    file = tmp_path / "made.py"
    file.write_text(text, encoding="utf-8")
    return byte_code.load(file, f"local_rules.made.m{abs(hash(text))}")


def refusal(*documents: dict[str, Any]) -> str:
    result = outcomes(*documents)[-1]
    assert result.refused
    return result.message


def made(**fields: Any) -> Event:
    return Event(record("iam:CreateUser", iam_user("ana"), **fields))


MATCHING: list[tuple[str, Any, Any, Any]] = [
    ("userName", "Mallory", "MALLORY", "mallory2"),
    ("userName__cased", "Mallory", "Mallory", "mallory"),
    ("userName", ["eve", "mallory"], "mallory", "ana"),
    ("userName", "", "", "x"),
    ("userName__contains", "adm", "the-Admin", "root"),
    ("userName__contains", ["adm", "svc"], "a-svc-b", "root"),
    ("userName__contains__all", ["adm", "svc"], "svc-admin", "svc-a"),
    ("userName__contains__cased", "Adm", "Adm1n", "adm1n"),
    ("userName__startswith", "svc-", "SVC-a", "a-svc-"),
    ("userName__endswith", "-tmp", "a-TMP", "-tmp-a"),
    ("userName", "svc-*-tmp", "svc-a-b-TMP", "svc-tmp"),
    ("userName", "svc-???", "svc-abc", "svc-ab"),
    ("userName", r"a\*b", "a*b", "axb"),
    ("userName", r"a\?b*", "a?bc", "axbc"),
    ("userName", r"a\\*", r"a\b", "ab"),
    ("userName", r"dom\user", r"DOM\user", "domuser"),
    ("userName", "*", "anybody", None),
    ("userName", None, None, "x"),
    ("userName__exists", True, "x", None),
    ("userName__exists", False, None, "x"),
    ("userName__re", "^svc-[0-9]{2}$", "svc-12", "SVC-12"),
    ("userName__re__i", "^svc-[0-9]{2}$", "SVC-12", "svc-1"),
    ("userName__re", ".*bad.*", "xbadx", "good"),
    ("userName__re", ".+:role/svc:.+", "x:role/svc:y", ":role/svc:"),
    ("userName__re", "(foo|bar)-x", "a-bar-x", "a-baz-x"),
    ("address__cidr", "10.0.0.0/8", "10.9.8.7", "11.9.8.7"),
    ("address__cidr", "2001:db8::/32", "2001:db8:1::1", "no address"),
    ("count__gt", 5, 6, 5),
    ("count__gte", 5, "5", 4),
    ("count__lt", 5, 4.5, 5),
    ("count__lte", 5, 5, 6),
    ("count__neq", 5, 6, 5),
    ("port", 22, "22", 23),
    ("port", "22", 22, 2222),
    ("flag", True, "true", False),
    ("flag", "false", False, "no"),
    ("flag", [True, "yes"], "yes", None),
]
