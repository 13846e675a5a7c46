"""Ransom note uploaded to a bucket.

A file whose name tells how to get data back is what extortionists leave behind, as the last step:
whatever they did to the objects is done, or under way.
"""

import re
from collections.abc import Iterator

from trailwarden import Event, Example, LogClass, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import aws_service, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.s3 import bucket_of

NOTE = re.compile(
    r"\b(?:ransom|ransomware|ransom note)\b|"
    r"\bhow to (?:decrypt|restore|recover|get (?:your |my )?(?:files|data) back|unlock|pay)\b|"
    r"\b(?:decrypt|restore|recover|unlock)(?:ion|ing)? "
    r"(?:your |my |all )?(?:files|data|instructions?)\b|"
    r"\b(?:your|all) (?:files|data) (?:are|is|have been|has been|were)\b|"
    r"\b(?:files|data|objects|bucket) (?:\w+ )?(?:encrypted|deleted|stolen|locked)\b|"
    r"\bfiles? (?:encrypted|stolen|deleted)\b|\bread ?me to (?:decrypt|restore|recover)\b|"
    r"\b(?:pay|payment) (?:bitcoin|btc|instructions to)\b"
)
DOCUMENTS = frozenset({"", "html", "htm", "txt", "md", "hta", "rtf", "pdf", "docx", "json", "png"})
LOGS = ("AWSLogs/", "CloudTrail/")
LONGEST = 200


def detect(event: Event) -> Match | None:
    key = event.text("requestParameters.key")
    if not event.succeeded or event.by_service or any(part in key for part in LOGS):
        return None
    name, _, extension = key.rpartition("/")[2].lower().rpartition(".")
    words = re.sub(r"[^a-z0-9]+", " ", (name or extension)[:LONGEST])
    if (name and extension not in DOCUMENTS) or not NOTE.search(words):
        return None
    return Match(f"{key[-100:]} in {bucket_of(event)[:63]}", subject=bucket_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:CompleteMultipartUpload", "s3:CopyObject", "s3:PutObject"],
    severity=Severity.CRITICAL,
    attack={Tactic.IMPACT: ["T1486", "T1485", "T1657"]},
    response="Revoke the uploader's sessions and keys at once and deny the bucket to everyone. "
    "Then see what is left: earlier versions, replicas, backups. Keep the note, and do not delete "
    "keys.",
    false_positives="A backup tool's own documentation whose file name sounds like a note.",
    log_class=LogClass.DATA,
    references=[
        "https://docs.aws.amazon.com/whitepapers/latest/ransomware-risk-management-on-aws-using-nist-csf/ransomware-risk-management-on-aws-using-nist-csf.html"
    ],
)


def examples() -> Iterator[Example]:
    yield alerts("how to decrypt", put("finance/HOW_TO_DECRYPT_FILES.txt"))
    yield alerts("deleted files", put("FILES-DELETED.html"))
    yield alerts("a plain word", put("ransom-note"))
    yield alerts("an instruction", put("!!!RESTORE_YOUR_DATA!!!.md"))
    yield silent("a readme", put("README.md"))
    yield silent("a word inside a word", put("transom-windows.txt"))
    yield silent("a target", put("target.csv"))
    yield silent("an object of a restore", put("restore/data/part-0001.parquet"))
    yield silent("code", put("src/ransom.py"))
    yield silent("a log", put("AWSLogs/111122223333/CloudTrail/ransom.txt"))
    yield silent("a refusal", {**put("ransom.txt"), "errorCode": "AccessDenied"})
    yield silent("AWS itself", {**put("ransom.txt"), "userIdentity": aws_service("config")})


def put(key: str) -> Record:
    told = {"bucketName": "plans", "key": key}
    return record("s3:PutObject", iam_user("m"), requestParameters=told, eventCategory="Data")
