"""`trailwarden rules new`: the beginning of a rule of one's own."""

import argparse
import re
from keyword import iskeyword
from pathlib import Path

from trailwarden import catalog
from trailwarden.cli.problems import UsageError, say

EPILOG = """\
The file is local_rules/SERVICE/NAME.py, and the rule's id SERVICE.NAME. It is off until it is
written, and says in each place what to write. A shipped rule is replaced only with --replace, and
goes on until the new one is written and no longer off.

examples:
  trailwarden rules new iam user_renamed
  trailwarden rules test iam.user_renamed
"""

SCAFFOLD = '''\
""""""
# Write the act between the quotes, in the first line, in the past tense: it is the subject of a
# mail. Below an empty line say why it matters.

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match | None:
    # Say what makes it bad, and name the thing that was touched, such as:
    # user = event.request("userName")
    # return Match(user, subject=user)
    return None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["{service}:EventName"],  # the events to look at, by eventSource and eventName
    exempt=DEPLOYMENT,  # whom to leave alone: NOBODY, AWS_ITSELF, DEPLOYMENT, SECURITY_WORK, ...
    outcome=SUCCEEDED,  # or REFUSED, EITHER, ATTEMPTED, either(refused=Severity.LOW)
    severity=Severity.MEDIUM,
    mode=Mode.OFF,  # take this line away when the rule is written: until then it does not run
    attack={{Tactic.PERSISTENCE: []}},  # the techniques, if known; see detection/attack.py
    response="",  # what to do first, in short sentences, for the person who is on call
    false_positives="",  # harmless acts that look the same
)


def examples() -> Examples:
    # Tell what has to alert, and what comes close to it and must not.
    yield alerts("it happens", request("{service}:EventName"))
    yield silent("it is refused", refused("{service}:EventName"))
'''

_WORD = re.compile(r"[a-z][a-z0-9_]*")


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the action."""
    parser = actions.add_parser(
        "new",
        help="begin a rule of your own",
        description="Begin a rule of your own. Nothing that is there is overwritten.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("service", metavar="SERVICE", help="the folder, such as iam or signin")
    parser.add_argument("name", metavar="NAME", help="what happened, such as user_renamed")
    parser.add_argument(
        "--folder",
        type=Path,
        metavar="FOLDER",
        help="write below there rather than in local_rules/, from which rules are run",
    )
    parser.add_argument(
        "--replace",
        action="store_true",
        help="begin a rule that takes the place of the shipped one of this id, once it is written",
    )
    parser.set_defaults(act=_new)


def _new(arguments: argparse.Namespace) -> int:
    service, name = _word(arguments.service), _word(arguments.name)
    if service.endswith("rules"):
        raise UsageError(f"{service!r} ends in 'rules', which is where ids begin: name another")
    rule_id = f"{service}.{name}"
    file = (arguments.folder or catalog.local_folder()) / service / f"{name}.py"
    is_shipped = any(module.RULE.id == rule_id for module in catalog.shipped())
    if is_shipped and not arguments.replace:
        raise UsageError(
            f"{rule_id} is a shipped rule: choose another name, or say --replace to begin a rule "
            "that takes its place"
        )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as opened:
            opened.write(SCAFFOLD.format(service=service))
    except FileExistsError as error:
        raise UsageError(f"{error.filename} is there already; nothing was written") from error
    except OSError as error:
        raise UsageError(f"{error.filename}: {error.strerror}") from error
    say(f"wrote {file}")
    if is_shipped:
        say(f"the shipped rule {rule_id} goes on until this one is written and not off")
    say(f"`trailwarden rules test {rule_id}` says what is left to do")
    return 0


def _word(text: str) -> str:
    if not _WORD.fullmatch(text):
        raise UsageError(f"{text!r} cannot be a name: use small letters, digits and _")
    if iskeyword(text):
        raise UsageError(f"{text!r} is a word of Python: add something, as in {text}_function")
    return text
