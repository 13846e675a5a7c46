"""Takes the links out of text that an attacker may have chosen: mail programs make them of text.

They make links of web addresses, of `www.` and `mailto:`, and of bare names such as
`evil.example`. So every dot of a name is put into brackets, the names of people included.
"""

import re
import unicodedata

from trailwarden.notify.printable import escaped

_SCHEMES = {"http": "hxxp", "ftp": "fxp"}
_SCHEME = re.compile(r"(http|ftp)(?=s?://)", re.IGNORECASE)
_OTHER_SCHEME = re.compile(
    r"(?<!\bs3)(?<!hxxp)(?<!hxxps)(?<!fxp)(?<!fxps)://"
    r"|(?:mailto|javascript|(?<![a-z])(?:data|sip|sms|tel)):(?!:)",
    re.IGNORECASE,
)
"""Any other scheme; S3 addresses are not opened by mail programs, and people copy them."""

_WORD = re.compile(r"[\w.-]+")
_LABEL = re.compile(r"\.(?:[^\W\d_]{2,63}|xn--[a-z0-9-]+)(?![\w-])|^www\.", re.IGNORECASE)
"""What makes a word with dots a name of the Internet: a part of letters alone after a dot."""

_SERVICE = re.compile(r"[a-z0-9-]+\.amazonaws\.com(?:\.cn)?", re.IGNORECASE)
"""A service of AWS, whose name nobody else can have."""

_FILES = (".gz", ".json")
"""Ends of file names that are no ends of names of the Internet."""

_LINK_SIGNS = frozenset("./:@\u3002")


def defanged(text: str) -> str:
    """Return `text` with nothing in it that mail programs make a link of a click away.

    >>> defanged("see https://evil.example/x or www.evil.example")
    'see hxxps://evil[.]example/x or www[.]evil[.]example'
    """
    if not text.isascii():
        text = "".join(map(_plain, text))
    text = _SCHEME.sub(_disarmed, text)
    text = _OTHER_SCHEME.sub(lambda found: found[0].replace(":", "[:]"), text)
    return _WORD.sub(lambda found: _bracketed(found[0], text[found.end() : found.end() + 1]), text)


def _disarmed(found: re.Match[str]) -> str:
    return _SCHEMES[found[0].lower()]


def _bracketed(word: str, following: str) -> str:
    name = word.rstrip(".")
    if "." not in name:
        return word
    is_service = _SERVICE.fullmatch(name) and following not in ("/", ":")
    if is_service or not _LABEL.search(word) or name.lower().endswith(_FILES):
        return word
    return name.replace(".", "[.]") + word[len(name) :]


def _plain(character: str) -> str:
    """Return a character, or the code of one that programs may take for a dot, slash or colon."""
    if character.isascii():
        return character
    is_sign = not _LINK_SIGNS.isdisjoint(unicodedata.normalize("NFKC", character))
    return escaped(character) if is_sign else character
