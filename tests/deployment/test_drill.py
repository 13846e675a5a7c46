"""A drill against the local deployment: rules, paths and functions tell of each call."""

import time
from datetime import timedelta

import pytest

from trailwarden import catalog
from trailwarden.aws import operator
from trailwarden.aws.drill.acts import ACTS
from trailwarden.aws.drill.drill import is_done, own
from trailwarden.local.account import LocalAccount
from trailwarden.local.drill import local_drill

pytestmark = [pytest.mark.deployment, pytest.mark.exhaustive]

PATIENCE = timedelta(minutes=8)
"""All but the first mails wait for a quiet minute."""


def test_a_drill_is_told_over_every_path(
    account: LocalAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in account.cloud.environ().items():
        monkeypatch.setenv(name, value)
    rules = catalog.load().rules
    found = operator.connect(account.stack_name(), rules)

    def pause(seconds: float) -> None:
        time.sleep(seconds)
        account.runtime.sweep()

    drill = local_drill(account, found, rules, pause=pause)
    made = [drill.make(act) for act in ACTS]
    assert drill.left == []
    assert [one.problem for one in made] == [""] * len(ACTS)
    arrivals = list(drill.watch(made, PATIENCE, 3))[-1]
    assert [one.act.name for one in made if not is_done(one, arrivals[one.act.name])] == []
    mailed = {one.act.name for one in made if (a := own(one, arrivals[one.act.name])) and a.told}
    assert mailed == {act.name for act in ACTS} - {"group"}
    texts = "\n".join(str(mail) for mail in account.people.read_all())
    assert [one.act.name for one in made if one.act.name in mailed and one.mark not in texts] == []
    account.machines.read_all()
