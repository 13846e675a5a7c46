"""Desktop program for copying files used with buckets.

People who find or buy a key put it into a graphical S3 client first, to see what there is. In
accounts that are run by code, such a program is a stranger's.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, instance_role, record
from trailwarden.cloudtrail.user_agent import FILE_BROWSERS, tool_of
from trailwarden.cloudtrail.values import Record
from trailwarden.services.s3 import by_machine

MORE = {
    "filezilla": "FileZilla",
    "minio (": "MinIO client",
    "s3cmd": "s3cmd",
    "s5cmd": "s5cmd",
    "cloudberry": "CloudBerry",
    "mountain duck": "Mountain Duck",
    "transmit": "Transmit",
}


def detect(event: Event) -> Match | None:
    agent = event.user_agent.lower()[:300]
    known = tool_of(agent)
    program = known if known in FILE_BROWSERS else ""
    program = program or next((name for word, name in MORE.items() if word in agent), "")
    if not program or by_machine(event):
        return None
    return Match(f"{program} calls {event.name}", subject=program)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "s3:DeleteObject",
        "s3:GetObject",
        "s3:ListBuckets",
        "s3:ListObjects",
        "s3:PutObject",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.EXFILTRATION: ["T1567.002"], Tactic.COLLECTION: ["T1530"]},
    response="Ask the owner of the key whether they use the program. If not, deactivate the key, "
    "and list what it did from any address: it has leaked.",
    false_positives="Colleagues and scripts that really use it; each is told once a month.",
    window=timedelta(days=30),
    references=["https://attack.mitre.org/techniques/T1567/002/"],
)


def examples() -> Iterator[Example]:
    yield alerts("S3 Browser", using("[S3 Browser/11.6.7 (https://s3browser.com)]"))
    yield alerts("Cyberduck", using("Cyberduck/8.7.1.40770 (Mac OS X/14.0) (aarch64)"))
    yield alerts("s5cmd", using("s5cmd/v2.2.2", "s3:GetObject"))
    yield silent("the command line", using("aws-cli/2.27.0 md/prompt#off command#s3.ls"))
    yield silent("a server", using("rclone/v1.66.0", identity=instance_role("backup")))


def using(
    user_agent: str, action: str = "s3:ListBuckets", identity: dict[str, Any] | None = None
) -> Record:
    return record(action, identity or iam_user("alice"), userAgent=user_agent)
