"""The public keys of CloudTrail's digests, asked for once a Region, and remembered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from trailwarden.logfile.signature import InvalidKeyError, PublicKey, public_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_cloudtrail import CloudTrailClient

    from trailwarden.logfile.digest import Digest

BEFORE, AFTER = timedelta(hours=1), timedelta(hours=2)
"""How far around a digest's hour its key is looked for, as the AWS CLI does."""

BACKFILLED = "backfill-generation-timestamp"
"""The metadata that say when a backfill digest was signed: days later, with the key of then."""

MOST_REMEMBERED = 10_000
"""How many unknown fingerprints are remembered."""

_SLOW = frozenset({"Throttling", "ThrottlingException", "TooManyRequestsException"})


class PublicKeys:
    """The public keys of all Regions. A digest is signed with a key of its own Region."""

    def __init__(self, client_in: Callable[[str], CloudTrailClient]) -> None:
        """Take what makes a client for a Region."""
        self._client_in = client_in
        self._known: dict[tuple[str, str], PublicKey] = {}
        self._unknown: set[tuple[str, str, datetime]] = set()
        self.problems: dict[str, str] = {}
        """Why the keys of a Region could not be had, by Region."""

    def of(self, digest: Digest, metadata: Mapping[str, str]) -> PublicKey | None:
        """Return the key that a digest names; None where CloudTrail does not know it, or is silent.

        Raises the error of a call that was one too many: it may be made again.
        """
        region, moment = digest.chain.region, _signed_at(digest, metadata)
        known, unknown = (region, digest.fingerprint), (region, digest.fingerprint, moment)
        if known not in self._known and unknown not in self._unknown:
            if len(self._unknown) >= MOST_REMEMBERED:
                self._unknown.clear()
            self._ask(region, moment, digest.fingerprint)
            self._unknown.add(unknown)
        return self._known.get(known)

    def _ask(self, region: str, moment: datetime, fingerprint: str) -> None:
        start, end = moment - BEFORE, moment + AFTER
        try:
            answer = self._client_in(region).list_public_keys(StartTime=start, EndTime=end)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _SLOW:
                raise
            self.problems[region] = str(error)
            return
        except BotoCoreError as error:
            self.problems[region] = str(error)
            return
        self.problems.pop(region, None)
        for key in answer["PublicKeyList"]:
            try:
                self._known[region, key["Fingerprint"]] = public_key(key["Value"])
            except InvalidKeyError as error:
                if key["Fingerprint"] == fingerprint:
                    self.problems[region] = f"the key {fingerprint} {error}"


def _signed_at(digest: Digest, metadata: Mapping[str, str]) -> datetime:
    """Return about when a digest was signed, to the hour."""
    try:
        moment = datetime.fromisoformat(metadata[BACKFILLED])
    except (KeyError, ValueError):
        moment = digest.end
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=digest.end.tzinfo)
    return moment.replace(minute=0, second=0, microsecond=0)
