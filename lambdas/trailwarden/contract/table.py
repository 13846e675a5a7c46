"""The keys of the one table, which functions and stack both have to know.

pk                     sk                       what
HISTORY#<hash>         <time>#<origin>          an observation of a correlation that keeps all
HISTORY#<hash>         <number of a slot>       the observations of one group in a slot of time
HISTORY#<hash>         <time of writing>#<hash> what a file shows of an hour and an account
HISTORY#<hash>         <label>#<day>            the first of a label on a day, for `FirstSeen`
ALERT#<alert id>       A                        an alert, and its fate
MARKS#<alert id>       <number>                 marks of its matches, where they are many
QUARANTINE#<hash>      Q                        a log file that could not be read
TROUBLE#<hash>         T                        what is wrong with the pipeline, on one day
FAILED#<rule id>       <hash>                   a log file in which a rule failed
MAIL#people            M                        how many mails may still go out
ACCOUNTS               <number>                 names of the organization's accounts
NEWEST                 <account id>             when its newest evaluated file was delivered
CANARY                 <nonce>                  a request of our own, and when it was heard
CANARY                 mail <day>               that the mail of that day was sent
HIDDEN                 <day>#<hash>             how many matches a line of the tuning hid that day
OWN                    <month>                  accounts whose records came in that month
EVALUATED#<a>#<region> <hour>                   log files that were evaluated, of account <a>
DIGESTS                <account>#<region>#...   the last digest of each chain
HANDLE#<hash>          <time>#<kind>#<hash>     alerts, openings and gifts of who acted
INCIDENT#<id>          I                        what people were told of an incident
DECIDED                <kind>#<id>              what people decided about incidents
RESPONSE#<id>          R                        what a response to an incident waits for
"""

import hashlib

ALERT = "ALERT#"
"""How the key of an alert begins: the stream of other items wakes nobody."""

MARKS = "MARKS#"
"""How the key of the marks of an alert begins; its id follows."""

TROUBLE = "TROUBLE#"
"""How the key of a trouble of the pipeline begins."""

WAITING_TROUBLES = "troubles"
"""The key in the index of the troubles that nobody was told of; alerts have numbers."""

FAILED_FILE = "FAILED#"
"""How the key begins of a log file in which a rule failed; the rule's id follows."""

ACCOUNT_NAMES = "ACCOUNTS"
"""The key of the names of accounts."""

NEWEST = "NEWEST"
"""The key of when the newest evaluated file of each account was delivered."""

CANARY = "CANARY"
"""The key of the requests of our own that have to come back."""

HIDDEN = "HIDDEN"
"""The key of how many matches each line of the tuning hid."""

OWN_ACCOUNTS = "OWN"
"""The key of the accounts whose records come to the pipeline."""

EVALUATED = "EVALUATED#"
"""How the key begins of the evaluated log files of an account and Region."""

DIGESTS = "DIGESTS"
"""The key of the last digest of each account, Region and trail."""

MAIL = "MAIL#"
"""How the key begins of how many mails may still go out."""

HANDLE = "HANDLE#"
"""How the key begins of what a credential, identity or address has to do with; a hash follows."""

INCIDENT = "INCIDENT#"
"""How the key begins of what people were told of an incident; its id follows."""

DECIDED = "DECIDED"
"""The key of what people decided about incidents."""

RESPONSE = "RESPONSE#"
"""How the key begins of what a response waits for; the id of its incident follows."""


def digest(*parts: str) -> str:
    """Return a key of fixed length for texts that an attacker may have chosen."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
