"""Verifies RSA signatures over SHA-256, with nothing that is not in Python itself.

RFC 8017, section 8.2.2, "RSASSA-PKCS1-v1_5 signature verification". The whole encoded message is
made anew and compared. It is never parsed: parsers that were too lenient made forgeries possible.
"""

import hmac
from hashlib import sha256
from typing import NamedTuple

LEAST_BITS = 1024
"""A shorter modulus can be factored. CloudTrail's keys have 2,048 bits."""

LEAST_EXPONENT = 3

_SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
"""The DER of a `DigestInfo` of SHA-256 up to the hash: RFC 8017, section 9.2, note 1."""

_RSA_ALGORITHM = bytes.fromhex("06092a864886f70d0101010500")
"""The DER of `rsaEncryption` with its NULL, of RFC 3279, section 2.3.1."""

_SEQUENCE, _INTEGER, _BIT_STRING = 0x30, 0x02, 0x03
_LONG = 0x80


class InvalidKeyError(ValueError):
    """The bytes are no RSA public key; the message says why."""


class PublicKey(NamedTuple):
    """An RSA public key."""

    modulus: int
    exponent: int


def is_signed(message: bytes, signature: bytes, key: PublicKey) -> bool:
    """Say whether `signature` is of `message`, by the private key that belongs to `key`."""
    size = (key.modulus.bit_length() + 7) // 8
    number = int.from_bytes(signature)
    if len(signature) != size or number >= key.modulus:
        return False
    decoded = pow(number, key.exponent, key.modulus).to_bytes(size)
    return hmac.compare_digest(decoded, _encoded(message, size))


def _encoded(message: bytes, size: int) -> bytes:
    """Return the one encoding of `message` of so many bytes: RFC 8017, section 9.2."""
    info = _SHA256_INFO + sha256(message).digest()
    return b"\0\1" + b"\xff" * (size - len(info) - 3) + b"\0" + info


def public_key(der: bytes) -> PublicKey:
    """Return the key that `der` holds: an `RSAPublicKey` or a `SubjectPublicKeyInfo`.

    CloudTrail documents the first, and its samples hold the second, too. Raises InvalidKeyError.
    """
    content = _only(der, _SEQUENCE)
    if content[:1] == bytes([_SEQUENCE]):
        algorithm, bits = _element(content, _SEQUENCE)
        if algorithm != _RSA_ALGORITHM:
            raise InvalidKeyError("is a key of another algorithm than RSA")
        whole = _only(bits, _BIT_STRING)
        if whole[:1] != b"\0":
            raise InvalidKeyError("has unused bits")
        content = _only(whole[1:], _SEQUENCE)
    modulus, rest = _element(content, _INTEGER)
    key = PublicKey(int.from_bytes(modulus), int.from_bytes(_only(rest, _INTEGER)))
    if key.modulus.bit_length() < LEAST_BITS:
        raise InvalidKeyError(f"is shorter than {LEAST_BITS:,} bits")
    if key.exponent < LEAST_EXPONENT or not key.exponent & 1:
        raise InvalidKeyError(f"has the exponent {key.exponent}")
    return key


def _only(der: bytes, tag: int) -> bytes:
    """Return the content of the one element that `der` is."""
    content, rest = _element(der, tag)
    if rest:
        raise InvalidKeyError("has bytes after its end")
    return content


def _element(der: bytes, tag: int) -> tuple[bytes, bytes]:
    """Return the content of the first element of `der`, and the bytes after it."""
    if len(der) < 2 or der[0] != tag:  # noqa: PLR2004 - a tag and a length
        raise InvalidKeyError("is not the DER of an RSA public key")
    length, start = der[1], 2
    if length & _LONG:
        start += length & ~_LONG
        length = int.from_bytes(der[2:start])
    if start + length > len(der):
        raise InvalidKeyError("is cut off")
    return der[start : start + length], der[start + length :]
