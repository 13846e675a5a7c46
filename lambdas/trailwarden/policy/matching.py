"""Matches text with the patterns of policies."""


def fits(pattern: str, text: str) -> bool:
    """Say whether `text` fits `pattern`, with its `*` and `?`; case does not count.

    Takes one pass and one way back, so that no pattern can make it slow.
    """
    pattern, text = pattern.lower(), text.lower()
    at = place = 0
    star, resume = -1, 0
    while at < len(text):
        wanted = pattern[place : place + 1]
        if wanted == "*":
            star, resume, place = place, at, place + 1
        elif wanted in ("?", text[at]):
            at, place = at + 1, place + 1
        elif star >= 0:
            resume += 1
            at, place = resume, star + 1
        else:
            return False
    return not pattern[place:].strip("*")
