"""The identity benchmark: what is counted, which truth is read, and when a limit is missed."""

from __future__ import annotations

from pathlib import Path

import pytest

from setpoint.bench import identity
from setpoint.bench.identity import group_score, labelled, pair_score
from setpoint.bench.people import people
from setpoint.bench.runner import Row, is_met
from setpoint.customers.matching.clusters import clusters
from setpoint.customers.matching.linking import match
from setpoint.kernel.errors import Invalid, NotFound


def test_scores_are_counts() -> None:
    truth = ("a", "a", "a", "b", "b", "c")
    pairs = pair_score([(0, 1), (3, 4), (4, 5)], truth)
    assert (pairs.right, pairs.said, pairs.true) == (2, 3, 4)
    assert pairs.f1 == pytest.approx(4 / 7)
    whole = group_score([[0, 1], [3, 4]], truth)
    assert (whole.right, whole.said, whole.true) == (1, 2, 2)
    assert pair_score([], ("a", "b")).f1 == 1


def test_the_truth_is_taken_off_before_the_records_are_matched(tmp_path: Path) -> None:
    folder = tmp_path / "febrl"
    folder.mkdir()
    file = folder / "dataset9.csv"
    file.write_text("rec_id, name\nrec-1-org, ann\nrec-2-org, bob\nrec-1-dup-0, anne\n", encoding="utf-8")
    data = labelled(file)
    assert data.name == "febrl9"
    assert data.person_of == ("rec-1", "rec-2", "rec-1")
    assert data.records.column_names == ["name", "row"]
    named = tmp_path / "unseen.csv"
    named.write_text("id,name,cluster\n1,ann,7\n2,anne,7\n", encoding="utf-8")
    assert labelled(named).person_of == ("7", "7")
    assert labelled(named).records.column_names == ["name", "row"]
    plain = tmp_path / "plain.csv"
    plain.write_text("name\nann\n", encoding="utf-8")
    with pytest.raises(Invalid):
        labelled(plain)
    with pytest.raises(NotFound):
        identity.run(1, True, [tmp_path / "nothing"])


def test_a_limit_that_is_missed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    made = people(120, seed=4)
    data = identity.Labelled("febrl1", made.records, tuple(map(str, made.person_of)))
    rows = {row.name: row for row in identity.measured(data, 1)}
    assert set(rows) == {"febrl1", "febrl1.pairs", "febrl1.people"}
    whole = rows["febrl1"].more
    assert whole["f1"] == min(rows["febrl1.pairs"].value, rows["febrl1.people"].value)
    assert whole["met"] is (whole["f1"] >= 0.98)
    assert set(rows["febrl1.pairs"].more) >= {"precision", "recall", "f1"}
    assert is_met({"rows": [Row("x", 1.0, "share").to_dict()]})
    assert not is_met({"rows": [Row("x", 0.5, "share", more={"met": False}).to_dict()]})


def test_families_are_not_one_person() -> None:
    made = people(350, seed=5)
    found = match(made.records, id_column="row", least=0.9, seed=1)
    truth = tuple(map(str, made.person_of))
    score = pair_score([(pair.first, pair.second) for pair in found.pairs], truth)
    assert score.precision > 0.95
    assert score.recall > 0.85
    whole = group_score(clusters((pair.first, pair.second, pair.probability) for pair in found.pairs), truth)
    assert whole.f1 > 0.85
    surest = found.pairs[0]
    assert surest.probability > 0.99
    assert {said.column for said in surest.evidence} == set(made.records.column_names) - {"row"}
    assert sum(said.weight for said in surest.evidence) > 20


def test_the_same_seed_gives_the_same_pairs_and_a_watch_can_stop_the_run() -> None:
    made = people(120, seed=2)
    stages: list[str] = []
    first = match(made.records, id_column="row", least=0.5, seed=3, watch=lambda stage, share: stages.append(stage))
    second = match(made.records, id_column="row", least=0.5, seed=3)
    assert [pair.first for pair in first.pairs] == [pair.first for pair in second.pairs]
    assert stages[0] == "reading"
    assert stages[-1] == "gathering"

    def stop(stage: str, share: float) -> None:
        raise InterruptedError(stage)

    with pytest.raises(InterruptedError):
        match(made.records, id_column="row", least=0.5, seed=3, watch=stop)
