import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.logfile.trail import der, private_key
from trailwarden.logfile.signature import InvalidKeyError, PublicKey, is_signed, public_key

MESSAGE = b"2025-06-02T13:01:31Z\nbucket/key\n00ff\nnull"
KEY = public_key(der())
SIZE = 256
SIGNATURE = private_key().sign(MESSAGE, PKCS1v15(), SHA256())


def by_cryptography(message: bytes, signature: bytes) -> bool:
    try:
        private_key().public_key().verify(signature, message, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


@settings(max_examples=20)
@given(st.binary(max_size=200))
def test_what_the_key_signed_is_signed(message: bytes) -> None:
    assert is_signed(message, private_key().sign(message, PKCS1v15(), SHA256()), KEY)


@settings(max_examples=50)
@given(st.integers(0, len(SIGNATURE) * 8 - 1))
def test_a_flipped_bit_makes_none(bit: int) -> None:
    flipped = (int.from_bytes(SIGNATURE) ^ (1 << bit)).to_bytes(len(SIGNATURE))
    assert not is_signed(MESSAGE, flipped, KEY)
    assert not by_cryptography(MESSAGE, flipped)


@pytest.mark.parametrize(
    "signature",
    [b"", b"\0", SIGNATURE[:-1], b"\0" + SIGNATURE, SIGNATURE + b"\0", b"\xff" * len(SIGNATURE),
     (int.from_bytes(SIGNATURE) + KEY.modulus).to_bytes(len(SIGNATURE) + 1), b"\0" * SIZE],
)  # fmt: skip
def test_no_other_bytes_are_a_signature(signature: bytes) -> None:
    assert not is_signed(MESSAGE, signature, KEY)
    assert not by_cryptography(MESSAGE, signature)


@pytest.mark.parametrize("algorithm", [SHA384(), SHA512()])
def test_no_other_hash_is_taken(algorithm: HashAlgorithm) -> None:
    assert not is_signed(MESSAGE, private_key().sign(MESSAGE, PKCS1v15(), algorithm), KEY)


def encoded(padding: bytes, after: bytes = b"") -> bytes:
    """Return a message with the right hash in a wrong encoding, as its key's holder could sign."""
    numbers = private_key().private_numbers()
    known = PublicKey(numbers.public_numbers.n, numbers.public_numbers.e)
    right = pow(int.from_bytes(SIGNATURE), known.exponent, known.modulus).to_bytes(SIZE)
    body = right[right.index(b"\0", 2) :]
    message = (padding + body + after).ljust(SIZE, b"\xaa")
    return pow(int.from_bytes(message), numbers.d, known.modulus).to_bytes(SIZE)


@pytest.mark.parametrize(
    ("padding", "after"),
    [
        (b"\0\1" + b"\xff" * 8, b""),
        (b"\0\1" + b"\xff" * 8, b"\xaa" * 180),
        (b"\0\2" + b"\xff" * 202, b""),
        (b"\0\1" + b"\xfe" * 202, b""),
    ],
)
def test_the_hash_in_another_encoding_is_no_signature(padding: bytes, after: bytes) -> None:
    forged = encoded(padding, after)
    assert not is_signed(MESSAGE, forged, KEY)
    assert not by_cryptography(MESSAGE, forged)


@pytest.mark.fault("digests", "A public key comes as SPKI", "it is the same key")
def test_both_encodings_of_a_key_are_the_same_key() -> None:
    assert public_key(der(spki=True)) == KEY
    numbers = private_key().public_key().public_numbers()
    assert (numbers.n, numbers.e) == KEY


def test_a_key_of_another_algorithm_is_refused() -> None:
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    other = curve.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(InvalidKeyError, match="another algorithm"):
        public_key(other)


def test_a_key_that_makes_anything_valid_is_refused() -> None:
    modulus = b"\x02\x82\x01\x01\0" + KEY.modulus.to_bytes(SIZE)
    one = b"\x30\x82\x01\x08" + modulus + b"\x02\x01\x01"
    with pytest.raises(InvalidKeyError, match="exponent 1"):
        public_key(one)


def test_a_short_key_is_refused() -> None:
    short = b"\x30\x0a\x02\x03\0\xff\xff\x02\x03\x01\0\x01"
    with pytest.raises(InvalidKeyError, match="shorter than 1,024 bits"):
        public_key(short)


@given(st.binary(max_size=80) | st.integers(0, 269).map(lambda cut: der()[:cut]))
def test_no_bytes_make_it_raise_anything_else(data: bytes) -> None:
    with pytest.raises(InvalidKeyError):
        public_key(data)
