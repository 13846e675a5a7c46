"""The keys of the one table, which functions and stack both have to know.

pk                     sk                       what
HISTORY#<hash>         <time>#<origin>          an observation of a correlation that keeps all
HISTORY#<hash>         <number of a slot>       the observations of one group in a slot of time
HISTORY#<hash>         <label>#<day>            the first of a label on a day, for `FirstSeen`
ALERT#<alert id>       A                        an alert, and its fate
QUARANTINE#<hash>      Q                        a log file that could not be read
MAIL#people            M                        how many mails may still go out
ACCOUNTS               <number>                 names of the organization's accounts
OWN                    <month>                  accounts whose records came in that month
"""

import hashlib

ALERT = "ALERT#"
"""How the key of an alert begins: the stream of other items wakes nobody."""

ACCOUNT_NAMES = "ACCOUNTS"
"""The key of the names of accounts."""

OWN_ACCOUNTS = "OWN"
"""The key of the accounts whose records come to the pipeline."""


def digest(*parts: str) -> str:
    """Return a key of fixed length for texts that an attacker may have chosen."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
