import json
from dataclasses import replace

import pytest

from setpoint.bench import false_goal, runner
from setpoint.bench.commands import run_bench
from setpoint.bench.runner import Row
from setpoint.kernel.errors import NotFound

WORLDS = {world.name: world for world in false_goal.WORLDS}


@pytest.mark.parametrize("name", ["no_effect", "boundary", "drift"])
def test_goals_not_reached_are_rarely_declared(name):
    rates = false_goal.judge(WORLDS[name], 200, 3)
    assert rates.rule.mean() <= 0.08
    assert rates.window.mean() <= 0.08
    assert rates.naive.mean() > 0.5
    assert not (rates.rule & ~rates.window).any()


def test_moved_purchases_are_not_a_goal():
    rates = false_goal.judge(WORLDS["pull_forward_within"], 60, 3)
    assert rates.rule.sum() == 0
    assert rates.window.all()


def test_a_real_effect_is_proven():
    rates = false_goal.judge(replace(false_goal.REAL, added=(60,) * 20), 25, 3)
    assert rates.rule.mean() > 0.9


def test_the_screen_hides_no_declaration(monkeypatch):
    """Judging every look by the product's functions gives the same verdicts."""
    screened = false_goal.judge(false_goal.REAL, 12, 5)
    everywhere = false_goal._Screens.__init__

    def unscreened(self, *given):
        everywhere(self, *given)
        self.window = self.looked
        self.rule = self.looked.copy()
        self.rule[:, 0] = False

    monkeypatch.setattr(false_goal._Screens, "__init__", unscreened)
    judged = false_goal.judge(false_goal.REAL, 12, 5)
    assert (judged.rule == screened.rule).all()
    assert (judged.window == screened.window).all()


def test_results_are_written_as_the_schema_says(tmp_path, monkeypatch, capsys):
    rows = [Row("a.rate", 0.02, "share", "watching", 0.8, 0.025, {"upper95": 0.03, "n": 9}), Row("b", 1.0, "s")]
    monkeypatch.setattr(runner, "load", lambda name: lambda seed, quick: rows)
    run_bench("false-goal", seed=4, quick=True, out=tmp_path / "deep" / "out.json")
    found = json.loads((tmp_path / "deep" / "out.json").read_text())
    assert (found["bench"], found["seed"], found["quick"]) == ("false-goal", 4, True)
    assert set(found["machine"]) == {"cpu", "cores", "memory", "python"}
    assert found["rows"] == [
        {
            "name": "a.rate",
            "value": 0.02,
            "unit": "share",
            "peer": "watching",
            "peer_value": 0.8,
            "ratio": 0.025,
            "upper95": 0.03,
            "n": 9,
        },
        {"name": "b", "value": 1.0, "unit": "s"},
    ]
    shown = capsys.readouterr().out
    assert "a.rate" in shown
    assert "seed 4" in shown


def test_names(capsys):
    assert run_bench("list")["benches"] == runner.names()
    assert "false-goal" in capsys.readouterr().out
    with pytest.raises(NotFound) as caught:
        run_bench("unknown")
    assert "false-goal" in caught.value.remedy
    assert all(callable(runner.load(name)) for name in runner.names())
