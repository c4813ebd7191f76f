"""The benchmark of forecasts, in small."""

from __future__ import annotations

import pytest

from setpoint.bench import forecast


def test_a_forecast_is_held_against_campaigns_that_were_played(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast, "PEOPLE", 300)
    monkeypatch.setattr(forecast, "ROUNDS", 3)
    rows = {row.name: row for row in forecast.run(1, True)}
    assert rows["chance.told"].more["n"] == 8
    assert rows["chance.came"].peer_value == rows["chance.told"].value
    assert all(0 <= row.value <= 1 for row in rows.values())
    assert {"chance.brier", "cost.within", "increment.within"} <= set(rows)


def test_the_same_seed_gives_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast, "PEOPLE", 200)
    monkeypatch.setattr(forecast, "ROUNDS", 2)
    monkeypatch.setattr(forecast, "FEW", 2)
    assert forecast.run(3, True) == forecast.run(3, True)
