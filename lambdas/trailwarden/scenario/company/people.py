"""People at work: they sign in, read, try things out in development, and mend broken things."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from trailwarden.cloudtrail import samples
from trailwarden.cloudtrail.values import Record
from trailwarden.scenario.company import hand_work, pages
from trailwarden.scenario.company.telling import (
    BROWSER,
    CLI,
    Call,
    Day,
    Draw,
    Session,
    call,
    moved,
    tell,
)
from trailwarden.scenario.company.world import (
    OFFICES,
    ROAD_BLOCKS,
    VPN,
    Account,
    Company,
    Job,
    Kind,
    Person,
    Team,
)

PERMISSION_SETS = {
    Job.ENGINEER: {Kind.PRODUCTION: "ReadOnly", Kind.STAGING: "PowerUser"},
    Job.ADMINISTRATOR: {},
    Job.SECURITY: dict.fromkeys(Kind, "SecurityAudit"),
    Job.ANALYST: dict.fromkeys(Kind, "DataAnalyst"),
    Job.FINANCE: dict.fromkeys(Kind, "Billing"),
}
STORE = "identitystore/d-1234567890"


def people(company: Company, day: Day) -> Iterator[Record]:
    """Tell of everybody's day at work."""
    for person in company.people:
        draw = day.draw(person.name)
        is_there = day.is_workday and draw.random() < 0.85  # noqa: PLR2004 - holidays, illness
        if is_there and day.number >= person.joins:
            yield from _workday(company, person, day, draw)


def place_of(person: Person, draw: Draw) -> str:
    """Return the address that somebody works from: the office, home, the tunnel, the road."""
    road = f"{draw.choice(ROAD_BLOCKS)}.{draw.randrange(256)}.{draw.randrange(1, 255)}"
    return draw.choices((draw.choice(OFFICES), person.home, VPN[0], road), weights=(45, 35, 12, 8))[
        0
    ]


def _workday(company: Company, person: Person, day: Day, draw: Draw) -> Iterator[Record]:
    minute = day.at(person.starts_at + draw.uniform(-0.5, 1.5))
    address = place_of(person, draw)
    yield from sign_in(company, person, draw, minute, address)
    for number in range(draw.choice((1, 2, 2, 3))):
        minute += draw.uniform(20, 150)
        if number == 1 and draw.random() < 0.3:  # noqa: PLR2004 - a laptop that is carried around
            address = place_of(person, draw)
        account = _account_for(company, person, draw)
        yield from _task(person, account, draw, minute, address)


def _account_for(company: Company, person: Person, draw: Draw) -> Account:
    mine = company.of_team(person.team) if person.job is Job.ENGINEER else company.accounts
    if person.job is Job.ENGINEER and draw.random() < 0.08:  # noqa: PLR2004 - playing around
        return company.accounts[-1]
    weights = [{Kind.DEVELOPMENT: 6, Kind.STAGING: 3}.get(account.kind, 2) for account in mine]
    return draw.choices(mine, weights=weights)[0] if mine else company.accounts[-1]


def sign_in(
    company: Company, person: Person, draw: Draw, minute: float, address: str
) -> Iterator[Record]:
    """Somebody signs in to Identity Center, with a code that is now and then mistyped."""
    session = Session(
        identity={
            "type": "IdentityCenterUser",
            "accountId": company.management.id,
            "onBehalfOf": {
                "userId": f"{person.name:x<36}",
                "identityStoreArn": f"arn:aws:identitystore::{company.management.id}:{STORE}",
            },
            "credentialId": "0123456789abcdef",
        },
        account=company.management,
        address=address,
        user_agent=BROWSER,
    )
    wrong = draw.random() < 0.06  # noqa: PLR2004 - mistyped
    steps = [
        ("PASSWORD", "Success"),
        *((("TOTP", "Failure"),) if wrong else ()),
        ("TOTP", "Success"),
    ]
    for step, (kind, result) in enumerate(steps):
        details = {
            "eventType": "AwsServiceEvent",
            "additionalEventData": {
                "CredentialType": kind,
                "UserName": person.mail,
                "LoginTo": "https://example.awsapps.com/start",
            },
            "serviceEventDetails": {"CredentialVerification": result},
        }
        yield from tell(
            session,
            [Call("signin:CredentialVerification", fields=details)],
            draw,
            minute + step * 0.2,
        )
    details = {
        "eventType": "AwsServiceEvent",
        "additionalEventData": {
            "UserName": person.mail,
            "LoginTo": "https://example.awsapps.com/start",
        },
        "serviceEventDetails": {"UserAuthentication": "Success"},
    }
    yield from tell(
        session, [Call("signin:UserAuthentication", fields=details)], draw, minute + 0.7
    )
    portal = [call("sso:Authenticate"), call("sso:ListApplications"), call("sso:Federate")]
    yield from tell(session, portal, draw, minute + 0.8)


def at_work(
    person: Person, account: Account, minute: float, address: str, *, console: bool
) -> Session:
    """Return somebody's session in an account, with the permission set that their job has there."""
    name = PERMISSION_SETS[person.job].get(account.kind, "AdministratorAccess")
    identity = moved(samples.sso_user(person.mail, name), account, minute)
    agent = BROWSER if console else CLI
    return Session(
        identity=identity, account=account, address=address, user_agent=agent, from_console=console
    )


def _task(
    person: Person, account: Account, draw: Draw, minute: float, address: str
) -> Iterator[Record]:
    """Open an account, look around, and perhaps change something."""
    console = draw.random() < 0.65  # noqa: PLR2004 - the others use the command line
    session = at_work(person, account, minute, address, console=console)
    yield from _enters(session, person, draw, minute)
    looks = (
        [look for page in draw.sample(_pages(person), k=2) for look in page]
        if console
        else _asks(draw)
    )
    yield from tell(session, looks, draw, minute + 0.3, pace=1 if console else 15)
    changes = _hand_work(person, account)
    if changes and draw.random() < 0.4:  # noqa: PLR2004 - most only look
        yield from tell(session, _chosen(person, changes, draw), draw, minute + 4, pace=30)


def _chosen(person: Person, changes: Sequence[Sequence[Call]], draw: Draw) -> Sequence[Call]:
    """Return what somebody does: mostly what they always do, and now and then something new.

    One debugs by a shell every week, another never does.
    """
    habits = random.Random(f"{person.name} {len(changes)}").sample(changes, k=min(5, len(changes)))  # noqa: S311 - chance for a story
    return draw.choice(changes if draw.random() < 0.1 else habits)  # noqa: PLR2004 - something new


def _enters(session: Session, person: Person, draw: Draw, minute: float) -> Iterator[Record]:
    role = session.identity["sessionContext"]["sessionIssuer"]["arn"]
    service = replace(
        session,
        identity={
            "type": "SAMLUser",
            "principalId": f"abc:{person.mail}",
            "userName": person.mail,
            "identityProvider": "abc",
        },
        address="sso.amazonaws.com",
        user_agent="sso.amazonaws.com",
        from_console=False,
    )
    taken = call(
        "sts:AssumeRoleWithSAML",
        roleArn=role,
        roleSessionName=person.mail,
        principalArn=f"arn:aws:iam::{session.account.id}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE",
        durationSeconds=28800,
    )
    yield from tell(service, [taken], draw, minute - 0.1)
    if session.from_console:
        details = {
            "eventType": "AwsConsoleSignIn",
            "additionalEventData": {
                "LoginTo": "https://console.aws.amazon.com/",
                "MobileVersion": "No",
                "MFAUsed": "No",
            },
        }
        signs = call("signin:ConsoleLogin", answer={"ConsoleLogin": "Success"}, fields=details)
        yield from tell(session, [signs], draw, minute)


def _pages(person: Person) -> Sequence[Sequence[Call]]:
    by_job = {
        Job.FINANCE: (pages.BILLING, pages.COST),
        Job.SECURITY: (pages.SECURITY, pages.IAM, pages.TRAIL, pages.EC2),
        Job.ANALYST: (pages.DATA, pages.S3, pages.LOGS),
        Job.ADMINISTRATOR: (
            pages.IAM,
            pages.ORGANIZATION,
            pages.EC2,
            pages.COST,
            pages.TRAIL,
            pages.LOGS,
        ),
    }
    return by_job.get(
        person.job,
        (
            pages.HOME,
            pages.EC2,
            pages.LAMBDA,
            pages.LOGS,
            pages.S3,
            pages.DATABASES,
            pages.SECRETS,
            pages.STACKS,
        ),
    )


def _asks(draw: Draw) -> Sequence[Call]:
    return draw.sample(hand_work.ON_THE_COMMAND_LINE, k=draw.randrange(2, 6))


def _hand_work(person: Person, account: Account) -> Sequence[Sequence[Call]]:
    """Return what somebody changes by hand in such an account."""
    if person.job is Job.ADMINISTRATOR:
        return hand_work.ADMINISTRATION if account.team is Team.PLATFORM else hand_work.OPERATION
    if person.job is Job.ANALYST:
        return (hand_work.ANALYSIS,)
    if person.job is not Job.ENGINEER:
        return ()
    by_kind = {
        Kind.PRODUCTION: hand_work.READING,
        Kind.STAGING: (*hand_work.LOOKING_CLOSER, *hand_work.OPERATION),
    }
    return by_kind.get(account.kind, hand_work.TRYING_OUT)
