"""Says how many there are of something: one file, two files."""


def noun(count: int, one: str) -> str:
    """Return the word for things of which there are so many.

    >>> noun(1, "file"), noun(0, "file")
    ('file', 'files')
    """
    return one if count == 1 else f"{one}s"


def counted(count: int, one: str) -> str:
    """Return a number of things, in words.

    >>> counted(1, "act"), counted(1200, "act")
    ('1 act', '1,200 acts')
    """
    return f"{count:,} {noun(count, one)}"


def numbered(*numbers: tuple[str, int]) -> str:
    """Return several numbers of things, as the last line of a command has them.

    >>> numbered(("file", 1), ("event", 4061))
    '1 file, 4,061 events'
    """
    return ", ".join(counted(count, one) for one, count in numbers)
