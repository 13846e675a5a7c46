import csv
import re
from io import StringIO

import pytest

from tests.detection.incidents.worlds import incidents_of, told
from tests.notify.test_printable import is_clean
from trailwarden.cloudtrail.samples import iam_user, request
from trailwarden.notify.spreadsheet import COLUMNS, cell, write
from trailwarden.scenario import shedding

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "%0A=1", "|cmd", "\uff1d1")


def test_each_event_is_a_row_in_order_of_time() -> None:
    records = list(shedding.shedding())
    alerts, _ = told(records)
    of_alert = {a.alert_id: i for i in incidents_of(records) for a in (*i.alerts, *i.hunts)}
    output = StringIO()
    write(alerts, of_alert, output)
    rows = list(csv.DictReader(StringIO(output.getvalue())))
    assert len(rows) == sum(len(alert.observations) for alert in alerts)
    assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)
    assert len({row["incident_id"] for row in rows}) == 1
    assert tuple(rows[0]) == COLUMNS


@pytest.mark.parametrize("evil", FORMULAS)
def test_no_cell_is_a_formula(evil: str) -> None:
    shown = cell(evil)
    assert shown[0] not in "=+-@|%\uff1d"
    assert is_clean(shown)


@pytest.mark.parametrize("parted", [";", ' ; "', ";\t"])
def test_no_part_of_a_cell_is_a_formula_where_semicolons_part_cells(parted: str) -> None:
    shown = cell(f"ann{parted}=cmd|' /C calc'!A0")
    assert not re.search(r";[\s\"]*[=+@|%-]", shown)
    assert cell("a, b; c") == "a, b; c"


def test_hostile_names_stay_in_their_cells() -> None:
    evil = '=HYPERLINK("http://e";"x"),\n"second'
    stop = request("cloudtrail:StopLogging", iam_user(evil), name=evil,
                   fields={"userAgent": evil, "sourceIPAddress": evil})  # fmt: skip
    alerts, _ = told([stop])
    output = StringIO()
    write(alerts, {}, output)
    rows = list(csv.DictReader(StringIO(output.getvalue())))
    assert len(rows) == len(alerts)
    assert all(not value.startswith("=") for row in rows for value in row.values())
    assert rows[0]["user_agent"].startswith("'=HYPERLINK")
