from __future__ import annotations

from setpoint.site.telling import replay_lines

PART = {
    "policy": {"value": 0.183, "interval": [0.178, 0.188]},
    "best_single": {"action": "Mens", "value": 0.182, "interval": None},
    "difference": {"estimate": 0.001, "interval": [-0.003, 0.004]},
    "verdict": "not proven",
}
RESULT = {
    **PART,
    "dataset": "test",
    "rows": 64_000,
    "reward": "visit",
    "seed": 1,
    "arms": {"Mens": {"rate": 0.18276, "n": 21_307}},
    "replay": {"value": None, "counted": 0},
    "other_rewards": {"spend": PART},
}


def test_a_replay_is_told_with_its_check_and_its_verdict() -> None:
    told = "\n".join(replay_lines(RESULT))
    assert "0.1828   n = 21,307" in told
    assert told.count("is not proven to beat the best single action") == 2
    assert "[interval not known]" in told
    assert "not known over 0 rows kept" in told
