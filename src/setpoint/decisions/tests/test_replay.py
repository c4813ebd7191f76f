"""Replay finds a personal policy where there is one, claims none where there is not, and refuses bad files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv

from setpoint.decisions.logged import Columns, read_logged
from setpoint.decisions.replay import replay
from setpoint.kernel.errors import Invalid, NotFound


def write_log(path: Path, *, personal: float, m: int = 6000, skewed: bool = False) -> Path:
    rng = np.random.default_rng(4)
    x = rng.standard_normal(m)
    shares = np.array([0.6, 0.3, 0.1]) if skewed else np.ones(3) / 3
    action = rng.choice(3, m, p=shares)
    chance = 0.3 + 0.05 * (action == 1) + personal * x * (action - 1)
    reward = (rng.random(m) < np.clip(chance, 0.02, 0.98)).astype(int)
    names = np.array(["No mail", "A", "B"])[action]
    table = {"action": names, "reward": reward, "propensity": shares[action], "taste": x, "place": names[::-1]}
    csv.write_csv(pa.table(table), path)
    return path


@pytest.mark.parametrize("skewed", [False, True])
def test_a_personal_policy_is_proven_where_tastes_differ(tmp_path, skewed):
    found = replay(write_log(tmp_path / "log.csv", personal=0.15, skewed=skewed), seed=2, rounds=10)
    assert found["verdict"] == "proven"
    assert found["difference"]["interval"][0] > 0
    assert found["replay"]["value"] == pytest.approx(found["policy"]["value"], abs=0.08)


def test_none_is_claimed_where_everybody_is_alike(tmp_path):
    found = replay(write_log(tmp_path / "log.csv", personal=0.0), seed=2, rounds=10)
    assert found["verdict"] == "not proven"
    assert found["best_single"]["action"] == "A"
    assert found["arms"]["A"]["rate"] == pytest.approx(0.35, abs=0.03)
    assert sum(arm["n"] for arm in found["arms"].values()) == found["rows"] == 6000
    json.dumps(found, allow_nan=False)


def test_the_same_seed_gives_the_same_answer(tmp_path):
    path = write_log(tmp_path / "log.csv", personal=0.1, m=1500)
    first, second = replay(path, seed=5, rounds=5), replay(path, seed=5, rounds=5)
    assert {**first, "duration_s": 0} == {**second, "duration_s": 0}


def test_no_action_comes_first_and_text_becomes_features(tmp_path):
    data = read_logged(write_log(tmp_path / "log.csv", personal=0.0, m=300))
    assert data.actions[0] == "No mail"
    assert data.has_no_action
    assert data.feature_names[0] == "taste"
    assert data.features.mean(axis=0) == pytest.approx(0)


def test_what_cannot_be_replayed_is_refused(tmp_path):
    path = write_log(tmp_path / "log.csv", personal=0.0, m=50)
    with pytest.raises(NotFound):
        replay(tmp_path / "absent.csv")
    with pytest.raises(Invalid):
        replay(path, columns=Columns(reward="sales"))
    with pytest.raises(Invalid):
        replay(path, columns=Columns(reward="place"))
    broken = tmp_path / "broken.csv"
    broken.write_bytes(b'a,b\n1,"\xff\n')
    with pytest.raises(Invalid):
        replay(broken)
    (tmp_path / "log2.csv").write_text("a,b\n1,2\n")
    with pytest.raises(Invalid):
        replay(tmp_path)
