"""The state machine of a response: have it planned, have people asked, and have them told."""

from typing import Any

from trailwarden.aws import assembly
from trailwarden.aws.incidents.responder import Question
from trailwarden.notify.acts import Outcome

Asked = dict[str, Any]


def handler(asked: Asked, _context: Any) -> Asked:
    """Do one of `ask`, `check` and `tell`. Each may come again, and ends the same."""
    responder = assembly.responder()
    state: Asked = asked["state"]
    question = Question(
        execution=str(asked["execution"]),
        incident_id=str(state["incident_id"]),
        alert_id=str(state["alert_id"]),
        mode=str(asked["mode"]),
        token=str(asked.get("token", "")),
    )
    answer: Asked = {}
    match asked["do"]:
        case "ask":
            responder.ask(question)
        case "check":
            answer = responder.check(question, _approved(state))
        case "tell":
            responder.tell(question, Outcome(asked["outcome"]), state)
    assembly.note_lapses()
    return answer


def _approved(state: Asked) -> str:
    """Return which plan a person approved; nothing where the answer names none."""
    approval = state.get("approval")
    return str(approval.get("plan", "")) if isinstance(approval, dict) else ""
