"""The place of log files, of our own trail or of another."""

from dataclasses import dataclass

FOLDERS = ("CloudTrail", "CloudTrail-Insight", "CloudTrail-NetworkActivity", "CloudTrail-Digest")
"""The folders of an account that hold log files and the digests that prove them."""


@dataclass(frozen=True, kw_only=True)
class Logs:
    """The bucket that a trail writes to, with the key and topic that its readers need."""

    bucket_name: str
    bucket_arn: str

    bucket_owner: str
    """The id of the account that owns the bucket."""

    prefix: str
    """The beginning of the keys, before `AWSLogs/`, with its slash."""

    key_arn: str
    """The key that encrypts the files; empty when S3 does."""

    trail_arn: str
    """The trail; empty when an adopted bucket's is not named."""

    topic_arn: str = ""
    """The SNS topic that tells of new files; empty when EventBridge does."""

    reader_role_arn: str = ""
    """The role that the detector reads as; empty when it reads as itself."""

    shared: bool = False
    """Whether other things than this trail's files may be in the bucket."""

    @property
    def event_arns(self) -> list[str]:
        """The log files of events, as IAM resources."""
        return self.file_arns[:1]

    @property
    def file_arns(self) -> list[str]:
        """The log files and their digests, as IAM resources."""
        return [f"{self.bucket_arn}/{self.prefix}AWSLogs/*/{folder}/*" for folder in FOLDERS]
