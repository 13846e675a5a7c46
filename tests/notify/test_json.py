import json as plain_json

import pytest

from tests.detection.incidents.worlds import incidents_of, told
from tests.notify.findings import EVIL, hostile
from trailwarden.cloudtrail.samples import iam_user, request
from trailwarden.cloudtrail.values import Record
from trailwarden.notify import json
from trailwarden.scenario import shedding


def stopped(user_agent: str, minute: int = 0) -> Record:
    agent = {"userAgent": user_agent}
    return request(
        "cloudtrail:StopLogging", iam_user("ana"), name="main", minute=minute, fields=agent
    )


STOPPED = stopped("aws-cli/2")


def test_it_says_which_program_it_was_and_where_to_look() -> None:
    [alert] = told([STOPPED])[0]
    document = json.document(alert)
    assert document["user_agents"] == ["aws-cli/2"]
    assert document["links"]["console"].endswith(f"#/events/{STOPPED['eventID']}")
    assert f"AttributeValue={STOPPED['eventID']} " in document["links"]["command"]


def test_alerts_that_tell_the_same_act_name_each_other() -> None:
    [incident] = incidents_of(shedding.shedding())
    deed = next(one for one in incident.deeds if one.others)
    ids = [alert.alert_id for alert in (deed.alert, *deed.others)]
    for alert in (deed.alert, *deed.others):
        named = json.document(alert, incident=incident)["same_act"]
        assert sorted([*named, alert.alert_id]) == sorted(ids)


@pytest.mark.parametrize("evil", EVIL)
def test_no_text_of_a_record_stands_in_a_link_or_a_command(evil: str) -> None:
    records = [{**record, "eventID": evil, "awsRegion": evil} for record in hostile(evil)]
    for alert in told(records)[0]:
        document = plain_json.loads(json.render(alert))
        for link in document["links"].values():
            assert link.isascii()
            assert link.isprintable()
            assert not set("\"'<>;|`$\\") & set(link)


def test_programs_that_make_up_names_are_not_all_named() -> None:
    records = [stopped(f"agent {number}", number) for number in range(30)]
    [alert] = told(records)[0]
    assert len(json.document(alert)["user_agents"]) == json.MOST_AGENTS
