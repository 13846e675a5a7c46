"""What the key of an object in a trail's bucket says.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
"""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

_KEY = re.compile(
    r"(?:.+/)?AWSLogs/(?:(?P<organization>o-[a-z0-9]{10,32})/)?(?P<account>\d{12})/(?P<folder>CloudTrail[A-Za-z-]*)/"
    r"(?P<region>[a-z]{2,}(?:-[a-z]+)+-\d+)/\d{4}/\d{2}/\d{2}/"
    r"[^/]+_(?P<time>\d{8}T\d{4}(?:\d{2})?Z)(?:_[^/]+)?\.json\.gz"
)


_CLAIM = re.compile(r"(?:^|/)AWSLogs/(?:[^/]+/){1,2}CloudTrail[^/]*/")


_SERVICE = re.compile(r"(?:^|/)AWSLogs/(?:o-[a-z0-9]{10,32}/)?\d{12}/(?P<service>[^/]+)/")


def other_service(path: str) -> str:
    """Return the folder of another service that a file lies in; nothing for CloudTrail's own.

    >>> other_service("AWSLogs/111122223333/Config/us-east-1/2025/6/2/ConfigHistory/x.json.gz")
    'Config'
    """
    service = service_of(path)
    return "" if service.startswith("CloudTrail") else service


def service_of(path: str) -> str:
    """Return the folder of a service that a file of an account lies in; nothing outside of one.

    >>> service_of("AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2025/06/02/x.json.gz")
    'CloudTrail-Digest'
    """
    found = _SERVICE.search(path)
    return found["service"] if found else ""


class Folder(StrEnum):
    """The folders in which CloudTrail puts its files."""

    EVENTS = "CloudTrail"
    INSIGHTS = "CloudTrail-Insight"
    NETWORK_ACTIVITY = "CloudTrail-NetworkActivity"
    DIGESTS = "CloudTrail-Digest"


_FOLDERS: Mapping[str, Folder] = {folder.value: folder for folder in Folder}

HOLDS_RECORDS = frozenset({Folder.EVENTS, Folder.INSIGHTS, Folder.NETWORK_ACTIVITY})


class LogKey(NamedTuple):
    """What the key of a log file says."""

    folder: Folder
    account_id: str
    region: str
    delivered: datetime
    """When CloudTrail put it there, by its name."""
    organization_id: str = ""
    """The organization whose trail wrote it; nothing for the trail of one account."""


def is_of_cloudtrail(key: str) -> bool:
    """Say whether `key` is in a folder of CloudTrail, one that is not known included."""
    return bool(_CLAIM.search(key))


def parse(key: str) -> LogKey | None:
    """Return the parts of `key`; None for an object that CloudTrail does not put there."""
    match = _KEY.fullmatch(key)
    if not match or match["folder"] not in _FOLDERS:
        return None
    try:
        delivered = datetime.fromisoformat(match["time"])
    except ValueError:
        return None
    folder, organization = _FOLDERS[match["folder"]], match["organization"] or ""
    return LogKey(folder, match["account"], match["region"], delivered, organization)
