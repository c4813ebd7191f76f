"""The demonstration on a very small world: real SMTP and HTTP, one result that adds up, reports that open."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from setpoint.site.demo.instance import free_port

pytestmark = pytest.mark.slow
SIZE = 1500
STATUSES = {"goal", "limit", "futile", "deadline", "harm", "frozen"}
LIMIT = 60.0
WORLD: dict[str, Any] = {
    "name": "hamlet",
    "currency": "EUR",
    "population": {
        "kind": "generator",
        "size": SIZE,
        "consent_share": 0.9,
        "email_share": 0.97,
        "languages": {"en": 2, "zh": 1},
    },
    "behaviour": {
        "baseline": {"intercept": -2.2},
        "reactions": {"unsubscribe": {"rate": 0.001}, "complaint": {"rate": 0.0}},
        "bounces": {"hard": 0.02, "soft": 0.01},
        "machines": {"prefetch_open": 0.2, "scan_clicks": 0.05},
    },
    "actions": {
        "offers": [
            {"name": "none", "kind": "none"},
            {"name": "two_off", "kind": "amount", "amount": 2, "valid_days": 7, "effect": {"intercept": 0.3}},
        ],
        "variants": [
            {"name": "hello", "match": ["Spring is here"], "effect": {"intercept": 1.4}},
            {"name": "facts", "match": ["Facts about spring"], "effect": {"intercept": 0.4}},
        ],
    },
    "brief": {
        "goal": {"metric": "conversions", "event": "Order Completed", "target": 40, "incremental": True},
        "deadline_days": 21,
        "limits": {"money": LIMIT, "messages": 1800},
        "channel_costs": {"email": 0.02},
        "ghost_share": 0.25,
    },
}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The result of one headless run."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "world.json").write_text(json.dumps(WORLD))
    command = [sys.executable, "-m", "setpoint", "demo", "--headless", "--no-baseline", "--seed", "3"]
    command += [
        "--world",
        str(folder / "world.json"),
        "--home",
        str(folder / "home"),
        "--json",
        str(folder / "out.json"),
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SETPOINT", "DJANGO"))}
    done = subprocess.run(
        [*command, "--port", str(free_port())],
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    result: dict[str, Any] = json.loads((folder / "out.json").read_text())
    return result | {"printed": done.stdout}


def test_the_result_has_every_field(played: dict[str, Any]) -> None:
    assert played["status"] in STATUSES
    assert 1 <= played["rounds"] <= 3
    assert {"metric", "target", "estimate", "proven_at_least", "interval"} <= set(played["goal"])
    assert {"money", "limit", "by_channel", "messages"} <= set(played["spend"])
    assert (played["seed"], played["world"], played["baseline"]) == (3, "hamlet", None)
    assert 0 < played["duration_s"] < 110
    assert 0.8 * SIZE < played["audience"] <= SIZE
    assert 0 < played["holdout"]["share_of_chosen"] < 0.5
    assert played["oracle"]["reachable"]["conversions"] > 0


def test_every_decision_is_in_the_ledger(played: dict[str, Any]) -> None:
    decided, ledger = played["decisions"], played["ledger"]
    assert sum(ledger.values()) == decided["decided"] - decided["none"]
    assert not set(ledger) & {"planned", "reserved", "claimed", "unknown"}
    assert decided["held_out"] + decided["ghost"] + decided["to_send"] == decided["decided"] - decided["none"]
    assert ledger["suppressed"] >= decided["held_out"] + decided["ghost"]
    assert played["holdout"]["decisions"] == decided["held_out"] + decided["ghost"]


def test_no_limit_is_passed(played: dict[str, Any]) -> None:
    spend = played["spend"]
    assert 0 < spend["money"] <= spend["money"] + spend["reserved"] <= spend["limit"] == LIMIT
    assert 0 < spend["messages"] <= WORLD["brief"]["limits"]["messages"]
    assert sum(spend["by_channel"].values()) == pytest.approx(spend["money"])


def test_the_market_got_each_message_once(played: dict[str, Any]) -> None:
    truth = played["truth"]
    doubtful = ("duplicate_slots", "duplicate_message_ids", "without_consent", "after_unsubscribe", "unread_variant")
    assert {name: truth[name] for name in doubtful} == dict.fromkeys(doubtful, 0)
    assert truth["messages"] == played["spend"]["messages"] - truth["counts"]["bounced_at_once"]
    assert played["ledger"]["bounced"] == truth["counts"]["bounced_at_once"] + truth["counts"]["bounce"]


def test_money_is_what_messages_and_used_offers_cost(played: dict[str, Any]) -> None:
    sends = played["spend"]["messages"] * WORLD["brief"]["channel_costs"]["email"]
    offers = played["truth"]["redemption_cost"]
    assert sends <= played["spend"]["money"] <= sends + offers + 1e-9


def test_the_goal_is_what_the_evidence_says(played: dict[str, Any]) -> None:
    goal = played["goal"]
    if played["status"] == "goal":
        assert goal["proven_at_least"] >= goal["target"]
    low, high = goal["interval"]
    assert low <= goal["estimate"] <= high or goal["interval"] == [0.0, 0.0]


def test_the_reports_exist_and_open(played: dict[str, Any]) -> None:
    reports = {name: Path(path) for name, path in played["reports"].items() if name != "address"}
    assert set(reports) == {"html.en", "csv.en", "pdf.en", "pdf.zh", "text.en", "text.zh"}
    page = reports["html.en"].read_text()
    assert page.startswith("<!doctype html>") or page.startswith("<!DOCTYPE html>")
    assert "目标" in page
    for language in ("en", "zh"):
        assert len(PdfReader(reports[f"pdf.{language}"]).pages) >= 1
        assert len(reports[f"text.{language}"].read_text().splitlines()) > 15
    told = reports["text.en"].read_text().splitlines()
    assert told[1] in played["printed"]
