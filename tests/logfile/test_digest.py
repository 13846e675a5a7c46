import gzip
import json
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import json_values
from tests.logfile.trail import ACCOUNT, BUCKET, HOME, NAME, REGION, START, Trail, fingerprint, sign
from trailwarden.logfile.digest import (
    AlteredFileError,
    Chain,
    DigestError,
    chain_of,
    content_hash,
    end_of,
    parse,
)

TRAIL = Trail().hours(2)
KEY = TRAIL.digests[1]
FIELDS = TRAIL.fields(KEY)


def compressed(fields: Any) -> bytes:
    return gzip.compress(json.dumps(fields).encode())


def test_a_digest_says_what_it_lists() -> None:
    digest = parse(TRAIL.objects[KEY].body)
    assert digest.chain == Chain(ACCOUNT, REGION, NAME, HOME, is_backfill=False)
    assert (digest.bucket, digest.key) == (BUCKET, KEY)
    assert (digest.start - START).total_seconds() == 3600
    assert digest.fingerprint == fingerprint()
    assert [file.key for file in digest.log_files] == TRAIL.log_files[2:]
    assert digest.previous
    assert digest.previous.key == TRAIL.digests[0]
    assert parse(TRAIL.objects[TRAIL.digests[0]].body).previous is None


def test_the_signature_is_over_end_place_hash_and_the_signature_before() -> None:
    digest = parse(TRAIL.objects[KEY].body)
    before = TRAIL.objects[TRAIL.digests[0]].metadata["signature"]
    text = f"2025-06-02T14:01:31Z\n{BUCKET}/{KEY}\n{digest.sha256}\n{before}"
    assert digest.signed == text.encode()
    assert sign(text) == TRAIL.objects[KEY].metadata["signature"]
    first = parse(TRAIL.objects[TRAIL.digests[0]].body)
    assert first.signed.endswith(b"\nnull")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"digestEndTime": None}, "digestEndTime is missing"),
        ({"digestEndTime": "yesterday"}, "digestEndTime is no time"),
        ({"digestStartTime": 5}, "digestStartTime is no text"),
        ({"digestS3Bucket": []}, "digestS3Bucket is no text"),
        ({"digestS3Object": "x"}, "digestS3Object is no key of a digest"),
        ({"digestPublicKeyFingerprint": None}, "digestPublicKeyFingerprint is missing"),
        ({"digestSignatureAlgorithm": "MD5"}, "digestSignatureAlgorithm is not SHA256withRSA"),
        ({"previousDigestSignature": 1}, "previousDigestSignature is no text"),
        ({"previousDigestHashValue": None}, "previousDigestHashValue is missing"),
        ({"logFiles": None}, "logFiles is no list"),
        ({"logFiles": [1]}, r"logFiles\[0\] is no object"),
        ({"logFiles": [{"s3Bucket": "b"}]}, r"logFiles\[0\]\.s3Object is missing"),
        ({"logFiles": [{"hashAlgorithm": "MD5"}]}, r"logFiles\[0\]\.hashAlgorithm is not SHA-256"),
    ],
)
def test_an_error_names_the_field(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(DigestError, match=says):
        parse(compressed(FIELDS | changes))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "cut off"),
        (b"{}", "is not gzip"),
        (compressed([]), "is no JSON object"),
        (gzip.compress(b"[" * 100_000), "is not JSON"),
        (gzip.compress(b"\xff{"), "is not JSON"),
        (compressed(FIELDS)[:-3], "cut off"),
        (compressed(FIELDS) + compressed(FIELDS), "after the end"),
        (compressed({k: v for k, v in FIELDS.items() if k != "previousDigestSignature"}),
         "previousDigestSignature is missing"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_digest_is_refused(body: bytes, says: str) -> None:
    with pytest.raises(DigestError, match=says):
        parse(body)


@settings(max_examples=30)
@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), json_values, max_size=3))
def test_no_value_makes_it_raise_anything_else(changes: dict[str, Any]) -> None:
    try:
        parse(compressed(FIELDS | changes))
    except DigestError as error:
        assert str(error)  # noqa: PT017 - only some of the values are refused


@pytest.mark.parametrize("name", ["", "x.json.gz", "99999999T999999Z.json.gz"])
def test_other_files_are_of_no_chain(name: str) -> None:
    assert chain_of(name) is None
    assert end_of(name) is None


def test_a_time_that_is_none_is_no_end() -> None:
    assert end_of(KEY.replace("20250602T140131Z", "20259902T140131Z")) is None


def test_a_backfill_digest_is_of_its_own_chain() -> None:
    chain = chain_of(KEY.replace(".json.gz", "_backfill.json.gz"))
    assert chain
    assert chain.is_backfill
    assert chain._replace(is_backfill=False) == chain_of(KEY)


def test_the_hash_is_of_one_gzip_member() -> None:
    member = gzip.compress(b"content" * 1_000_000)
    whole = content_hash(BytesIO(member))
    assert whole == content_hash(BytesIO(gzip.compress(b"content" * 1_000_000, 1)))
    for more in (b"\0", member):
        with pytest.raises(AlteredFileError, match="after the end"):
            content_hash(BytesIO(member + more))
    with pytest.raises(AlteredFileError, match="cut off"):
        content_hash(BytesIO(member[:-1]))
    with pytest.raises(AlteredFileError, match="damaged"):
        content_hash(BytesIO(b"content"))
