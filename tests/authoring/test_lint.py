import ast
from collections.abc import Callable
from pathlib import Path

import pytest

import trailwarden
from trailwarden import catalog
from trailwarden.authoring import byte_code
from trailwarden.authoring.lint import Problem, lint
from trailwarden.authoring.lint.fields import unknown_fields
from trailwarden.aws.api_models import operations
from trailwarden.cloudtrail.event_names import GROUPS, NAMES
from trailwarden.cloudtrail.fields import FIELDS, FREE, unknown_field

SOUND = '''
"""Something was done.

It matters.
"""

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import iam_user, record, refused
from trailwarden.correlations import FirstSeen, TemporalOrdered, by_actor
from trailwarden.correlations import DAY
from trailwarden.examples import alerts, silent


def detect(event: Event) -> Match | None:
    return Match() if event.user_agent else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:CreateUser"],
    exempt=NOBODY,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.PERSISTENCE: ["T1136.003"]},
    response="Look.",
)


def examples():
    yield alerts("done", record("iam:CreateUser", iam_user("mallory")))
    yield silent("refused", refused("iam:CreateUser", iam_user("mallory")))
'''

Lint = Callable[..., list[Problem]]


@pytest.fixture
def lint_of(tmp_path: Path) -> Lint:
    """Lint the sound rule with one thing in it replaced."""

    def found(old: str = "", new: str = "", *, package: str = "trailwarden.rules") -> list[Problem]:
        assert old in SOUND
        file = tmp_path / "made.py"
        file.write_text(SOUND.lstrip().replace(old, new, 1) if old else SOUND.lstrip())
        return list(lint(byte_code.load(file, f"{package}.made.rule"), operations))

    return found


def test_every_rule_is_sound() -> None:
    problems = [problem for module in catalog.modules() for problem in lint(module, operations)]
    assert not problems, "\n" + "\n".join(map(str, problems))


def test_what_rules_share_reads_fields_that_are_there() -> None:
    root = Path(trailwarden.__file__).parent
    shared = ("cloudtrail", "services", "policy", "detection")
    files = [file for folder in shared for file in (root / folder).glob("*.py")]
    found = {
        f"{file.name}:{line}: {message}"
        for file in files
        for line, message in unknown_fields(ast.parse(file.read_text(encoding="utf-8")))
    }
    assert not found


def test_a_sound_rule_has_no_problem(lint_of: Lint) -> None:
    assert not lint_of()


EVENTS = '["iam:CreateUser"]'
BODY = "return Match() if event.user_agent else None"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(EVENTS, '["signin:ConsoleLogin"]', id="a name of CloudTrail alone"),
        pytest.param(EVENTS, '["s3:PutBucketPublicAccessBlock"]', id="an S3 name that differs"),
        pytest.param(EVENTS, '["monitoring:DeleteAlarms"]', id="a service by another name"),
        pytest.param(EVENTS, '["elasticloadbalancing:CreateRule"]', id="a service of two models"),
        pytest.param(EVENTS, '["guardduty:DisassociateFromMasterAccount"]', id="an old name"),
        pytest.param(EVENTS, '["iam:*"], where={"errorCode": [{"exists": True}]}', id="a guard"),
        pytest.param(
            EVENTS,
            '["*"], where={"userIdentity": {"sessionContext": {"assumedRoot": ["true"]}}}',
            id="a guard deep down",
        ),
        pytest.param(
            BODY, 'return event.text("userIdentity.onBehalfOf.userId") == ""', id="a path"
        ),
        pytest.param(
            BODY, 'return event.get("requestParameters.anything.at.all")', id="free below"
        ),
        pytest.param(BODY, 'return event.record["requestParameters"]["x"]', id="the record"),
        pytest.param(BODY, 'return event.get("requestParameters").get("x")', id="what was read"),
        pytest.param(
            BODY, "seen = []\n    seen.append(event)\n    return bool(seen)", id="a local"
        ),
        pytest.param(BODY, "import json\n    return json.loads(event.name)", id="the library"),
    ],
)
def test_leaves_alone(lint_of: Lint, old: str, new: str) -> None:
    assert not lint_of(old, new)


def in_body(body: str, complaint: str) -> object:
    return pytest.param(BODY, body, complaint, id=complaint)


def in_events(events: str, complaint: str) -> object:
    return pytest.param(EVENTS, events, complaint, id=complaint)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        in_events('["iam:PutAccountPasswordPolicy"]', "iam:PutAccountPasswordPolicy is no API"),
        in_events(
            '["lambda:DeleteFunctionn"]',
            "lambda:DeleteFunctionn is no API operation of lambda (did you mean DeleteFunction?)",
        ),
        in_events('["lambda:DeleteFunction20150331"]', "write lambda:DeleteFunction:"),
        in_events('["cloudwatch:DeleteAlarms"]', "no API operation of cloudwatch"),
        in_events('["nothing:DeleteAlarms"]', "nothing is no service"),
        in_events('["iam:Put*"]', "there are no other globs"),
        in_events('["*:CreateUser"]', "there are no other globs"),
        in_events('["CreateUser"]', "write CreateUser as service:EventName"),
        in_events('["iam:*"]', "give where="),
        in_events('["*"]', "give where="),
        in_events("[]", "list the events"),
        in_events(
            f'{EVENTS}, where={{"userIdenity": {{"type": ["Root"]}}}}', "no field userIdenity"
        ),
        in_events(f'{EVENTS}, where={{"userIdentity.type": ["Root"]}}', "nest userIdentity.type"),
        in_events(f'{EVENTS}, where={{"errorCode": "x"}}', "write the values that match as a list"),
        in_events(f'{EVENTS}, where={{"errorCode": []}}', "list the values of errorCode"),
        in_events(f'{EVENTS}, where={{"errorCode": [{{"numeric": [1]}}]}}', "is no operator"),
        in_events(f'{EVENTS}, where={{"resources": {{"ARN": ["x"]}}}}', "resources is a list"),
        in_body('return event.text("userIdenity.type") == "Root"', "did you mean userIdentity?"),
        in_body('return event.record["eventRegion"] == "x"', "no field eventRegion"),
        in_body('return event.get("sourceIpAddress")', "did you mean sourceIPAddress?"),
        in_body('return event.get("userIdentity.sessionContext.mfa")', "no field mfa in userId"),
        in_body('return event.get("eventName.x")', "no field x in eventName"),
        in_body('return event.listed("tlsDetails.version")', "no field version in tlsDetails"),
        in_body('return event.record.get("region")', "no field region"),
        in_body(
            'who = event.user_identity\n    return who.text("name")', "no field name in userId"
        ),
        in_body('return event.get("userIdentity").get("typ")', "did you mean type?"),
        in_body('return [event.get(p) for p in ("awsRegion", "zone")]', "no field zone"),
        in_body('return event.get(f"requestParams.{event.name}")', "no field requestParams"),
        in_body("return event.region == ''", "Event has no region"),
        in_body("return event.user_identity.mfa", "Identity has no mfa"),
        in_body("return event.environment.accounts", "Environment has no accounts"),
        in_body("SEEN.add(event.name)\n    return True\n\n\nSEEN = set()", "SEEN is state"),
        in_body("global N\n    N = 1\n    return True\n\n\nN = 0", "N is state"),
        in_body("SEEN['x'] = 1\n    return True\n\n\nSEEN = {}", "SEEN is state"),
        in_body("import boto3\n    return boto3", "not boto3"),
        in_body("import trailwarden.aws\n    return True", "does not import trailwarden.aws"),
        in_body("from trailwarden import rules\n    return True", "imports no other rule"),
        pytest.param("Something was done.", "", "say in the first line", id="no title"),
        pytest.param("Something", "Something" + "g" * 70, "shorten the title", id="title"),
        pytest.param("Something", "Søme", "title in ASCII", id="a title of other letters"),
        pytest.param("It matters.", "", "say below the title", id="no description"),
        pytest.param('"Look."', '""', "`response`", id="no response"),
        pytest.param('{Tactic.PERSISTENCE: ["T1136.003"]}', "{}", "name a technique", id="none"),
        pytest.param("T1136.003", "T9999", "T9999 is no technique", id="an unknown technique"),
        pytest.param('["T1136.003"]', '"T1136.003"', "list the techniques", id="text"),
        pytest.param("Tactic.PERSISTENCE", '"x"', "as a member of Tactic", id="another tactic"),
        pytest.param("yield silent", "silent", "tell a near miss", id="no near miss"),
        pytest.param("yield alerts", "alerts", "tell a story that alerts", id="no story"),
        pytest.param('yield alerts("done"', "raise KeyError(1", "cannot be read", id="a failure"),
    ],
)
def test_complains(lint_of: Lint, old: str, new: str, complaint: str) -> None:
    messages = [problem.message for problem in lint_of(old, new)]
    assert [complaint in message for message in messages] == [True], messages


@pytest.mark.parametrize(
    ("kind", "said", "complaint"),
    [
        ("TemporalOrdered", 'labels=("a", "b", "a")', "takes each label once"),
        ("TemporalOrdered", 'labels=("a",)', "two labels or more"),
        ("FirstSeen", "learning=2 * DAY", "learns for longer than it remembers"),
    ],
)
def test_complains_of_a_correlation_that_cannot_be(
    lint_of: Lint, kind: str, said: str, complaint: str
) -> None:
    correlation = f"correlation={kind}(timespan=DAY, group_by=by_actor, {said}),"
    [problem] = lint_of('"Look.",', f'"Look.",\n    {correlation}')
    assert complaint in problem.message


def test_a_teams_own_rule_may_build_on_one_that_is_shipped(lint_of: Lint) -> None:
    body = "from trailwarden.rules.root import console_login\n    return True"
    assert not lint_of(BODY, body, package="local_rules")


def test_a_teams_own_rule_may_name_a_technique_that_no_shipped_rule_does(lint_of: Lint) -> None:
    assert not lint_of("T1136.003", "T9999", package="local_rules")
    assert lint_of("T1136.003", "9999", package="local_rules")


@pytest.mark.parametrize(
    ("event", "package", "remedy"),
    [
        ("iam.amazonaws.com:CreateUser", "local_rules", "write iam:CreateUser: the eventSource"),
        ("secretmanager:X", "local_rules", "(did you mean secretsmanager?): write what stands in"),
        ("iam:Made", "local_rules", 'write events=["iam:*"] and where={"eventName": ["Made"]}'),
        ("iam:Made", "trailwarden.rules", "add it to cloudtrail/event_names.py with its source"),
    ],
)
def test_says_what_to_write_for_an_event_that_there_is_not(
    lint_of: Lint, event: str, package: str, remedy: str
) -> None:
    [problem] = lint_of(EVENTS, f'["{event}"]', package=package)
    assert remedy in problem.message


def test_a_problem_says_where_it_is(lint_of: Lint) -> None:
    [problem] = lint_of(EVENTS, '["iam:CreateUsr"]')
    line = SOUND.lstrip().splitlines().index('    events=["iam:CreateUser"],') + 1
    assert (problem.rule_id, Path(problem.file).name, problem.line) == (
        "made.rule",
        "made.py",
        line,
    )
    assert str(problem).startswith(f"{problem.file}:{line}: made.rule: iam:CreateUsr is no API")


@pytest.mark.parametrize("path", sorted(FIELDS))
def test_a_field_is_known_and_what_is_below_it_only_where_it_is_free(path: str) -> None:
    known = path in FREE or any(path.startswith(f"{free}.") for free in FREE)
    assert not unknown_field(path)
    assert bool(unknown_field(f"{path}.no such field")) is not known


def test_no_name_is_curated_that_botocore_has() -> None:
    assert not {name for name in NAMES if name.split(":")[1] in operations(name.split(":")[0])}


def test_no_name_is_curated_twice() -> None:
    assert len(NAMES) == sum(len(s.split()) * len(names.split()) for s, names in GROUPS)


@pytest.mark.parametrize("service", ["cloudwatch", "emr", "stepfunctions", "email", "x", ""])
def test_a_service_has_the_name_that_cloudtrail_gives_it(service: str) -> None:
    assert "DeleteAlarms" not in operations(service)


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("monitoring", "DeleteAlarms"),
        ("es", "UpdateElasticsearchDomainConfig"),
        ("es", "UpdateDomainConfig"),
        ("ses", "DeleteIdentity"),
        ("ses", "DeleteEmailIdentity"),
        ("elasticmapreduce", "RunJobFlow"),
        ("states", "StopExecution"),
        ("sso", "CreateAccountAssignment"),
        ("sso", "GetRoleCredentials"),
        ("sso-directory", "CreateUser"),
        ("elasticloadbalancing", "DeleteLoadBalancer"),
        ("s3", "CreateJob"),
        ("autoscaling", "RegisterScalableTarget"),
        ("bedrock", "InvokeModel"),
        ("rds", "DeleteDBInstance"),
        ("lambda", "UpdateFunctionCode"),
        ("cloudfront", "CreateFunction"),
    ],
)
def test_the_models_of_a_service_are_found_by_that_name(service: str, name: str) -> None:
    assert name in operations(service)
