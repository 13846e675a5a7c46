"""Several weak signals of one principal add up.

No single signal is worth a mail: people look around, try a new Region, create a key. One principal
that does several kinds of them within two hours looks like a stolen credential in use. A signal
weighs by its severity, and nothing where the principal gave it on an earlier day. One act that is
told as LOW is a signal, too. All that a deployment does, too, is one kind. A person has to do more
than a program or a key. Who is no person is also told of where signals of four kinds weigh much
more within a day.
"""

from trailwarden import ATTEMPTED, NOBODY, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import PERSON, ROLE, USER, Fields, refused, request
from trailwarden.correlations import DAY, HOUR, by_lineage
from trailwarden.detection.signals import WeighedSignals
from trailwarden.examples import Examples, Record, alerts, silent


def detect(_event: Event) -> Match | None:
    """See nothing in an event: this counts the findings of hunting rules."""
    return None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=(),
    exempt=NOBODY,
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    attack={
        Tactic.INITIAL_ACCESS: ["T1078.004"],
        Tactic.DISCOVERY: ["T1580"],
        Tactic.PERSISTENCE: ["T1098"],
    },
    response="Read the events in their order, and ask the owner of the credential. If they cannot "
    "explain all of it, disable the credential and revoke its sessions.",
    false_positives="A new administrator's first day, or the set-up of an account by hand.",
    references=["https://attack.mitre.org/matrices/enterprise/cloud/iaas/"],
    correlation=WeighedSignals(
        kinds=3,
        at_least=6,
        in_a_day=10,
        timespan=2 * HOUR,
        usual_for=30 * DAY,
        group_by=by_lineage,
    ),
    signals=True,
)


KEY = "iam:CreateAccessKey"


def examples() -> Examples:
    yield alerts("three kinds of signals", *theft())
    yield silent("two kinds of signals", *theft()[:2])
    user = request("iam:CreateUser", userName="mallory")
    yield alerts("one of them is told as LOW", user, *theft()[1:])
    before = request(KEY, userName="mallory")
    yield silent("one of them is usual", before, *theft(day=30))
    yield alerts("one of them was usual long ago", before, *theft(day=31))
    yield silent("a person's morning", *morning(PERSON))
    yield silent("a deployment by hand", *morning(USER))
    yield silent("a new pipeline", request("ec2:RunInstances", USER), *first_run(ROLE, day=8))
    yield alerts("a person who takes over", *taken_over())
    yield silent("a person who finds a fault", *taken_over()[1:])
    last = request(KEY, PERSON, minute=126, userName="mallory")
    yield silent("over more than two hours", *taken_over()[1:], last)
    yield alerts("four kinds, all day long", *patient(USER))
    yield silent("a person, all day long", *patient(PERSON))
    yield silent("three kinds, all day long", *patient(USER)[:-1])
    asked = request("sts:GetSessionToken", minute=600)
    yield silent("less of four kinds, all day long", asked, *patient(USER)[1:4])


def theft(*, day: int = 0) -> list[Record]:
    return [
        request(KEY, day=day, userName="mallory"),
        request("sts:GetSessionToken", day=day, minute=20),
        request("account:GetContactInformation", day=day, minute=30),
    ]


def patient(by: Fields) -> list[Record]:
    """Return signals of four kinds and ten points, each hours after the last."""
    log: Fields = {"dBInstanceIdentifier": "shop", "logFileName": "error/log.1"}
    return [
        request("account:GetContactInformation", by),
        request(KEY, by, minute=300, userName="mallory"),
        request("rds:DescribeDBSnapshots", by, minute=600, includePublic=True),
        request("rds:DownloadDBLogFilePortion", by, minute=900, **log),
        request("s3:PutBucketLifecycle", by, minute=1200, bucketName="tmp"),
    ]


def morning(by: Fields) -> list[Record]:
    snapshot: Fields = {"dBInstanceIdentifier": "shop", "dBSnapshotIdentifier": "before"}
    zone: Fields = {"hostedZoneId": "Z1", "vPC": {"vPCId": "vpc-1"}}
    return [
        request("s3:PutBucketLifecycle", by, bucketName="tmp"),
        request("rds:CreateDBSnapshot", by, minute=9, **snapshot),
        request("ec2:CreateImage", by, minute=20, instanceId="i-1", name="before"),
        request("route53:AssociateVPCWithHostedZone", by, minute=30, **zone),
    ]


def first_run(by: Fields, *, day: int) -> list[Record]:
    image: Fields = {"repositoryName": "app", "imageIds": [{"imageTag": "1"}]}
    function: Fields = {"functionName": "orders", "role": "arn", "code": {}}
    return [
        request("ecr:BatchGetImage", by, day=day, **image),
        refused("ec2:DescribeVpcs", by, day=day, minute=2),
        request("lambda:CreateFunction20150331", by, day=day, minute=4, **function),
        request("sns:CreateTopic", by, day=day, minute=5, name="orders"),
    ]


def taken_over() -> list[Record]:
    log: Fields = {"dBInstanceIdentifier": "shop", "logFileName": "error/log.1"}
    return [
        request(KEY, PERSON, userName="mallory"),
        request("rds:DescribeDBSnapshots", PERSON, minute=5, includePublic=True),
        request("ec2:DeleteSecurityGroup", PERSON, minute=9, groupId="sg-1"),
        request("rds:DownloadDBLogFilePortion", PERSON, minute=12, **log),
        request("config:PutEvaluations", PERSON, minute=15, resultToken="t"),
        request("rds:StopDBInstance", PERSON, minute=20, dBInstanceIdentifier="shop"),
    ]
