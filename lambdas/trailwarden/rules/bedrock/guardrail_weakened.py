"""Bedrock guardrail weakened.

Guardrails filter the prompts and the answers of models. Without one, a model tells the company's
customers things that it must never say.
"""

from collections.abc import Iterator

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import short
from trailwarden.examples import Examples, Record, alerts, silent

ACTS = {
    "DeleteEnforcedGuardrailConfiguration": "Guardrail enforced on the account removed",
    "DeleteGuardrail": "Bedrock guardrail deleted",
    "PutEnforcedGuardrailConfiguration": "Guardrail enforced on the account changed",
    "UpdateGuardrail": "Bedrock guardrail loosened",
}
NAMES = ("guardrailIdentifier", "guardrailInferenceConfig.guardrailIdentifier", "configId")
LISTED = {
    "contextualGroundingPolicyConfig.filtersConfig": ("threshold",),
    "contentPolicyConfig.filtersConfig": ("inputStrength", "outputStrength"),
    "sensitiveInformationPolicyConfig.piiEntitiesConfig": (),
    "sensitiveInformationPolicyConfig.regexesConfig": (),
    "topicPolicyConfig.topicsConfig": (),
    "wordPolicyConfig.managedWordListsConfig": (),
    "wordPolicyConfig.wordsConfig": (),
}
"""What a guardrail lists, with how strict each of it is where that differs."""
MOST = 40
"""How many parts of a guardrail are compared."""
BLANK = str.maketrans(":;", "  ")
NEVER = frozenset({("PROMPT_ATTACK", "outputStrength")})
"""What a guardrail cannot have: prompts alone attack, and the API takes only NONE for it."""


def detect(event: Event) -> Match | None:
    guardrail = guardrail_of(event)
    severity = Severity.HIGH if "Enforced" in event.name else None
    label = guardrail or event.aws_region
    if event.name in ("CreateGuardrail", "UpdateGuardrail") and not event.denied:
        label = "; ".join(["guardrail: on", *strictness(event)][:MOST])
    return Match(label, severity=severity, subject=guardrail, title=ACTS.get(event.name, ""))


def guardrail_of(event: Event) -> str:
    """Return the id of a guardrail, which some requests write as the end of an ARN."""
    named = event.request(*NAMES) or event.answer("guardrailId")
    return named.rpartition("/")[2]


def by_guardrail(event: Event) -> str:
    return f"{event.recipient_account_id}/{event.aws_region}/{guardrail_of(event)}"


def strictness(event: Event) -> Iterator[str]:
    """Yield how much a request lists, and each of it, as parts of a guardrail's state."""
    listed = {path: event.listed(f"requestParameters.{path}") for path in LISTED}
    yield from (f"{path.rpartition('.')[2]}: {len(held)}" for path, held in listed.items() if held)
    for path, degrees in LISTED.items():
        for one in listed[path]:
            kinds = filter(None, (text_of(dig(one, key)) for key in ("type", "name", "text")))
            plain = next(kinds, "").translate(BLANK)  # a word is any text, also one like a state
            name = f"{path.partition('Policy')[0]} {short(plain)}"
            kind = text_of(dig(one, "type"))
            for degree in (degree for degree in degrees if (kind, degree) not in NEVER):
                yield f"{name} {degree}: {str(dig(one, degree)).lower()}"
            if not degrees:
                yield f"{name}: on"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "bedrock:CreateGuardrail",
        "bedrock:DeleteEnforcedGuardrailConfiguration",
        "bedrock:DeleteGuardrail",
        "bedrock:PutEnforcedGuardrailConfiguration",
        "bedrock:UpdateGuardrail",
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Compare the guardrail with its previous version and restore it. Ask the caller, and "
    "read the answers of the models since the change.",
    correlation=Worsened(
        timespan=90 * DAY,
        group_by=by_guardrail,
        complete=True,
        unknown_title="Bedrock guardrail set to let something through",
    ),
    false_positives="The team that owns the guardrail tunes it by hand.",
)


def examples() -> Examples:
    delete, guardrail, medium = "bedrock:DeleteGuardrail", "gr0a1b2c3d4e", Severity.MEDIUM
    deleted = request(delete, guardrailIdentifier=guardrail)
    yield alerts("deleted", deleted, severity=medium, subject=guardrail)
    enforced = "bedrock:DeleteEnforcedGuardrailConfiguration"
    removed = request(enforced, configId="c1")
    yield alerts("no longer enforced", removed, severity=Severity.HIGH, subject="c1")
    yield alerts("refused", refused(enforced), severity=Severity.LOW, label="refused: us-east-1")
    invalid = {"errorCode": "ValidationException"}
    yield silent("an invalid request", request(delete, fields=invalid, guardrailIdentifier="g1"))
    update = "bedrock:UpdateGuardrail"
    g: Fields = {**NAMED, "guardrailIdentifier": guardrail}
    strict = request(update, **g, **filters("HIGH"))
    loose, none = (request(update, day=1, **g, **filters(s)) for s in ("LOW", "NONE"))
    yield alerts("a filter weaker than before", strict, loose, severity=medium, subject=guardrail)
    yield alerts("a filter switched off", none, severity=Severity.LOW, subject=guardrail)
    for strength, story in (("HIGH", silent), ("NONE", alerts)):
        prompts = {"type": "PROMPT_ATTACK", "inputStrength": strength, "outputStrength": "NONE"}
        content: Fields = {"contentPolicyConfig": {"filtersConfig": [prompts]}}
        yield story(f"prompts that attack, {strength}", request(update, **g, **content))
    other = request(update, guardrailIdentifier="other", **NAMED, **filters("HIGH"))
    yield silent("known of another", other, loose)
    yield silent("set for the first time", strict)
    yield silent("stricter", request(update, **g, **filters("LOW")), {**strict, **later(strict)})
    topics: Fields = {"topicPolicyConfig": {"topicsConfig": [{"name": "loans"}]}}
    both = request(update, **g, **filters("HIGH"), **topics)
    yield alerts("a topic left out", both, {**strict, **later(strict)}, severity=medium)
    said = "x; content HATE inputStrength: high; y"
    words: Fields = {"wordPolicyConfig": {"wordsConfig": [{"text": said}]}}
    odd = request(update, day=1, **g, **filters("LOW"), **words)
    yield alerts("a word like a state", strict, odd, severity=medium, subject=guardrail)
    many = [{"name": f"{n} of many topics with a name so long"} for n in range(MOST + 1)]
    all_of_them, one_less = (
        request(update, day=day, **g, topicPolicyConfig={"topicsConfig": many[day:]})
        for day in (0, 1)
    )
    yield alerts("one of very many topics less", all_of_them, one_less, severity=medium)
    bare = {**request(update, **g), **later(strict)}
    yield alerts("nothing left", strict, bare, severity=medium, label="guardrail: on")
    yield silent("nothing, with nothing known", bare)
    answer = {"guardrailId": guardrail}
    made = request("bedrock:CreateGuardrail", answer=answer, **NAMED, **filters("HIGH"))
    yield alerts("weaker than it was made", made, loose, severity=medium)
    yield alerts("refused to update", refused(update), severity=Severity.LOW)


NAMED: Fields = {"name": "g", "blockedInputMessaging": "no", "blockedOutputsMessaging": "no"}


def filters(strength: str) -> Fields:
    one = {"type": "HATE", "inputStrength": strength, "outputStrength": "HIGH"}
    return {"contentPolicyConfig": {"filtersConfig": [one]}}


def later(record: Record) -> Fields:
    return {"eventTime": "2025-06-04T12:00:00Z", "eventID": f"{record['eventID']}-2"}
