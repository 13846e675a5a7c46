"""Desktop program for copying files used with buckets.

Finders and buyers of stolen keys often look into buckets with a graphical S3 client first. In an
account that code manages, such a program belongs to a stranger.
"""

import re

from trailwarden import ATTEMPTED, PROGRAMS, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.cloudtrail.user_agent import FILE_BROWSERS, tool_of
from trailwarden.correlations import DAY
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.s3 import bucket_of

# Programs share MinIO's library; only its own client names itself `mc`.
MORE = {
    "filezilla": "FileZilla",
    "mc/release": "MinIO client",
    "s3cmd": "s3cmd",
    "s5cmd": "s5cmd",
    "cloudberry": "CloudBerry",
    "mountain duck": "Mountain Duck",
    "transmit": "Transmit",
}

OTHERS = re.compile(rf"(?<![a-z])({'|'.join(map(re.escape, MORE))})(?![a-z])")


def detect(event: Event) -> Match | None:
    agent = event.user_agent.lower()
    known = tool_of(agent)
    program = known if known in FILE_BROWSERS else ""
    found = OTHERS.search(agent)
    program = program or (MORE[found[1]] if found else "")
    if not program or program in event.environment.known_tools:
        return None
    return Match(f"{program} calls {event.name} {bucket_of(event)}".strip(), subject=program)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:DeleteObject", "s3:GetObject", "s3:ListBuckets", "s3:ListObjects", "s3:PutObject"],
    exempt=PROGRAMS,
    direct_only=True,
    outcome=ATTEMPTED,
    severity=Severity.MEDIUM,
    attack={Tactic.EXFILTRATION: ["T1567.002"], Tactic.COLLECTION: ["T1530"]},
    response="Ask the owner of the key whether they use the program. If not, the key has leaked: "
    "deactivate it, and list its requests from any address.",
    false_positives="Colleagues and scripts that really use it. Each alerts once a month.",
    window=30 * DAY,
    references=["https://attack.mitre.org/techniques/T1567/002/"],
)


def examples() -> Examples:
    s3_browser = using("[S3 Browser/11.6.7 (https://s3browser.com)]", "s3:ListBuckets")
    yield alerts("S3 Browser", s3_browser)
    yield alerts("Cyberduck", using("Cyberduck/8.7.1.40770 (Mac OS X/14.0) (aarch64)"))
    yield alerts(
        "s5cmd", using("s5cmd/v2.2.2"), subject="s5cmd", label="s5cmd calls GetObject plans"
    )
    client = "MinIO (linux; amd64) minio-go/v7.0.90 mc/RELEASE.2025-04-16T18-13-26Z"
    yield alerts("the client of MinIO", using(client))
    thanos = "[MinIO (linux; amd64) minio-go/v7.0.80 thanos-store/0.37.2 (go1.23.4)]"
    yield silent("a program with the library of MinIO", using(thanos))
    yield silent("a word that is part of another", using("data-transmitter/1.0 (retransmit)"))
    yield silent("the command line", using("aws-cli/2.27.0 md/prompt#off command#s3.ls"))


def using(user_agent: str, action: str = "s3:GetObject") -> Record:
    bucket: Fields = {} if action == "s3:ListBuckets" else {"bucketName": "plans"}
    return request(action, fields={"userAgent": user_agent}, **bucket)
