"""Checks prose: plain words, subject first, short sentences, for readers who learned English."""

import ast
import inspect
import re
from collections.abc import Iterator, Mapping

MOST_WORDS = 20
"""How many words a sentence may have."""

FORMS: Mapping[str, str] = {
    r"who(?:m)?(?:so)?ever\b": "name who: the caller, an administrator, anyone",
    r"what(?:so)?ever\b": "name the things",
    r"what (?:is|was|are|were|can|could|must|remains|stands|lies|it)\b": "name the thing: a noun",
    r"who (?:must|never|did not|have to)\b": "begin with the noun, in an active sentence",
    r"(?:somebody|someone|nobody|anybody|no one) (?:who|that|but)\b": "name who: a new principal",
    r"nobody\b[^.]*\bbut\b": "say who can, not who cannot",
    r"at hand\b": "say where it is, or that it exists",
    r"let be\b": "say that the rule ignores it",
    r"(?:seldom|thereof|wherein|whereof|thereby|hence|lest)\b": "use an everyday word",
    r"to be told\b": "say who hears of it",
    r"for (?:it|they|he|she) (?:is|are|has|have|can)\b": "say `because`",
}
"""Forms that a reader has to untangle, as patterns, and the advice for each."""

_FORMS = {re.compile(rf"\b{form}", re.IGNORECASE): advice for form, advice in FORMS.items()}
_CODE = re.compile(r"`[^`]*`|https?://\S+")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_ITEM = re.compile(r"[-*#|] ?|\d+\. ")
_FENCE = "```"
_EXAMPLE = re.compile(r"^>>> .*(?:\n.+)*|^ .*|^.*\S {2,}\S.*", re.MULTILINE)
"""An example with its answers, an indented line, and a row of a table."""
_SENTENCE = re.compile(r"(?<=[.!?:;])\s+|\n{2,}|\n[-*|] ")
_WORD = re.compile(r"[\w'-]+")


def problems(text: str) -> Iterator[str]:
    """Yield what makes a text hard to read, and the advice."""
    plain = _CODE.sub("it", text)
    for form, advice in _FORMS.items():
        if found := form.search(plain):
            yield f"{found[0]!r}: {advice}"
    for sentence in _SENTENCE.split(plain):
        count = len(_WORD.findall(sentence))
        if count > MOST_WORDS:
            beginning = " ".join(sentence.split()[:6])
            yield f"the sentence {beginning!r}... has {count} words: make it {MOST_WORDS} or two"


def page_problems(markdown: str) -> Iterator[tuple[int, str]]:
    """Yield the line of each block of a page that is hard to read, and why; code is passed over."""
    for line, text in _blocks(markdown):
        for problem in problems(_LINK.sub(r"\1", text)):
            yield line, problem


def _blocks(markdown: str) -> Iterator[tuple[int, str]]:
    """Yield paragraphs, items and cells, each with the number of its first line."""
    is_code, start = False, 0
    block: list[str] = []
    for number, line in enumerate([*markdown.splitlines(), ""], 1):
        is_fence = line.lstrip().startswith(_FENCE)
        is_code ^= is_fence
        is_prose = bool(line.strip()) and not (is_code or is_fence)
        if block and (not is_prose or _ITEM.match(line)):
            yield start, "\n".join(block)
            block = []
        if is_prose and line.startswith("|"):
            yield from ((number, cell) for cell in line.strip("|").split("|"))
        elif is_prose:
            start = start if block else number
            block.append(line)


def docstring_problems(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line of each docstring that is hard to read, and why; examples are passed over."""
    for node in ast.walk(ast.parse(source)):
        body = getattr(node, "body", None)
        for part in body if isinstance(body, list) else ():
            match part:
                case ast.Expr(value=ast.Constant(value=str(text))):
                    prose = _EXAMPLE.sub("", inspect.cleandoc(text))
                    yield from ((part.lineno, problem) for problem in problems(prose))


def title_problems(title: str) -> Iterator[str]:
    """Yield what keeps a title from being one act."""
    if re.search(r"\bor\b|/", title):
        yield "the title holds an 'or': name one act, and others by the match's title"
    yield from problems(title)
