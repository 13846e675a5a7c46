"""Unpacks base64 and gzip inside of a text, as CloudWatch Logs and Kinesis send them."""

import binascii
import io
import re

from trailwarden.logfile.inflate import DamagedFileError, inflate

MAX_UNPACKED = 64 << 20
"""How many bytes one text may hold. A message of CloudWatch Logs has at most 256 KB, packed."""

SMALL, MAX_RATIO = 1 << 20, 200
"""From `SMALL` bytes on it may not expand more often: log records expand 7 times, at most 50."""

_BASE64 = re.compile(r"[A-Za-z0-9+/\r\n]{4,}={0,2}\s*")


def unpacked(text: str) -> bytes | None:
    """Return what a text in base64 holds, decompressed; None if it is not base64.

    Raises DamagedFileError where it is cut off, or expands as no log does.
    """
    if not _BASE64.fullmatch(text):
        return None
    try:
        data = binascii.a2b_base64(text)
    except binascii.Error:
        return None
    content = bytearray()
    for chunk in inflate(io.BytesIO(data)):
        content += chunk
        is_bomb = len(content) > max(SMALL, MAX_RATIO * len(data))
        if is_bomb or len(content) > MAX_UNPACKED:
            raise DamagedFileError("holds packed data that expands as no log does")
    return bytes(content)
