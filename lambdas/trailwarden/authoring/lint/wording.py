"""Checks the words of a rule: that they are there, short, and plain."""

from trailwarden.authoring.lint.source import Found, Source
from trailwarden.authoring.words import problems as prose
from trailwarden.authoring.words import title_problems

MAX_TITLE = 70


def words(source: Source) -> Found:
    """Find a title, description or response that is missing or unfit for a mail."""
    rule = source.rule
    if not rule.title:
        yield 1, "say in the first line of the docstring what happened"
    if len(rule.title) > MAX_TITLE:
        yield 1, f"shorten the title to {MAX_TITLE} characters; it has {len(rule.title)}"
    if not rule.title.isascii():
        yield 1, "write the title in ASCII: it is the subject of a mail"
    if not rule.description:
        yield 1, "say below the title why it matters"
    if not rule.response.strip().endswith("."):
        yield source.keyword("response"), "say in sentences what to do first, as `response`"


def plainness(source: Source) -> Found:
    """Find words and sentences that make a person read twice; a team's own are its own."""
    rule = source.rule
    if source.is_local:
        return
    yield from ((1, message) for message in title_problems(rule.title))
    for field in ("description", "response", "false_positives", "exempt_reason"):
        line = 1 if field == "description" else source.keyword(field)
        yield from ((line, f"{field}: {message}") for message in prose(getattr(rule, field)))
