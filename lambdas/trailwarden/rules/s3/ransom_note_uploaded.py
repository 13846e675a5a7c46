"""Ransom note uploaded to a bucket.

Extortionists leave a file behind whose name offers to give the data back. It is their last step:
the damage to the objects is done, or under way.
"""

import re

from trailwarden import AWS_ITSELF, Event, LogClass, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.s3 import bucket_of

NOTE = re.compile(
    r"\b(?:ransom|ransomware|ransom note)\b|"
    r"\bhow to (?:get (?:your |my )?(?:files|data) back|pay)\b|\bhow to decrypt *\Z|"
    r"\bhow to decrypt (?:your|my|all|them|it|files?|data)\b|"
    r"\bdecrypt(?:ion|ing)? (?:your |my |all )?(?:files|data|instructions?)\b|"
    r"\b(?:restore|recover|unlock)(?:ing)? your (?:files|data|objects|buckets?)\b|"
    r"\byour (?:files|data|objects|bucket) (?:are|is|have been|has been|were|was)\b|"
    r"\b(?:files|data|objects|bucket) (?:\w+ )?(?:encrypted|stolen|locked)\b|"
    r"\bfiles? (?:encrypted|stolen)\b|\bread ?me to (?:decrypt|restore|recover)\b|"
    r"\b(?:pay|payment) (?:bitcoin|btc|instructions to)\b"
)
ALSO_MANUAL = re.compile(
    r"\bhow to (?:decrypt|restore|recover|unlock)\b|"
    r"\b(?:restore|recover|recovery|unlock) (?:my |all )?(?:files|data|instructions?)\b|"
    r"\ball (?:files|data) (?:are|is|have been|has been|were)\b|"
    r"\b(?:files?|data|objects|bucket) (?:\w+ )?deleted\b"
)
"""What manuals are called, too: of these, only a name that shouts, or stands first, is a note."""
DOCUMENTS = frozenset({"", "html", "htm", "txt", "md", "hta", "rtf", "pdf", "docx", "json", "png"})
LOGS = ("AWSLogs/", "CloudTrail/")
LONGEST = 200


def detect(event: Event) -> Match | None:
    bucket, key = bucket_of(event), event.request("key")
    if any(part in key for part in LOGS):
        return None
    name, _, extension = key.rpartition("/")[2].lower().rpartition(".")
    words = re.sub(r"[^a-z0-9]+", " ", (name or extension)[:LONGEST])
    if name and extension not in DOCUMENTS:
        return None
    shouts = "/" not in key or key.rpartition("/")[2].rpartition(".")[0].isupper()
    if not NOTE.search(words) and not (shouts and ALSO_MANUAL.search(words)):
        return None
    return Match(f"{key} in {bucket}", subject=bucket)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:CompleteMultipartUpload", "s3:CopyObject", "s3:PutObject"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.CRITICAL,
    attack={Tactic.IMPACT: ["T1486", "T1485", "T1657"]},
    response="Revoke the uploader's sessions and keys at once and deny the bucket to everyone. "
    "Look for earlier versions, replicas and backups. Keep the note, and do not delete keys.",
    false_positives="A backup tool's own documentation whose file name sounds like a note.",
    log_class=LogClass.DATA,
    references=[
        "https://docs.aws.amazon.com/whitepapers/latest/ransomware-risk-management-on-aws-using-nist-csf/ransomware-risk-management-on-aws-using-nist-csf.html"
    ],
)

NOTES = (
    "finance/HOW_TO_DECRYPT_FILES.txt",
    "FILES-DELETED.html",
    "ransom-note",
    "!!!RESTORE_YOUR_DATA!!!.md",
    "finance/RECOVERY_INSTRUCTIONS.txt",
    "how_to_restore.txt",
    "finance/how_to_decrypt.txt",
    "finance/how-to-decrypt-your-backups.txt",
    "how_to_decrypt_backups.txt",
    "finance/recover-your-files.html",
)
OTHERS = (
    "README.md",
    "transom-windows.txt",
    "target.csv",
    "docs/backup/restore_instructions.md",
    "runbooks/how-to-restore.md",
    "runbooks/how-to-decrypt-backups.md",
    "reports/data_deleted.json",
    "restore/data/part-0001.parquet",
    "src/ransom.py",
    "AWSLogs/111122223333/CloudTrail/ransom.txt",
)


def examples() -> Examples:
    for key in NOTES:
        yield alerts(key, request("s3:PutObject", bucketName="plans", key=key), subject="plans")
    for key in OTHERS:
        yield silent(key, request("s3:PutObject", bucketName="plans", key=key))
