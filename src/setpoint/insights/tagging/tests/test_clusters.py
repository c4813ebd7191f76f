"""Groups that are there are found, named for what they are, and keep their names."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from conftest import NOW
from setpoint.insights.tagging.clusters import DEFAULTS, FEATURES, LEAST, clusters_of, words_of
from setpoint.insights.tagging.kmeans import choose, fits, matched, nearest, silhouette
from setpoint.insights.tagging.spending import Spending


def _people(seed: int = 1, each: int = 300, spread: float = 0.15) -> Spending:
    """Three kinds: those who buy much and lately, those who came once long ago, those who only look."""
    rng = np.random.default_rng(seed)

    def around(*values: float) -> np.ndarray:
        middle = np.repeat(np.array(values), each)
        return np.exp(np.log(middle) + spread * rng.standard_normal(len(middle)))

    orders = np.r_[np.round(around(30)), np.ones(each), np.zeros(each)]
    last_seen, first_seen = around(3, 300, 5), around(500, 320, 20)
    money = orders * around(80, 20, 1)
    recent = np.r_[np.round(around(60)), np.zeros(each), np.round(around(12))]
    last_order = np.where(orders > 0, last_seen, np.nan)
    return Spending(np.arange(1, 3 * each + 1), orders, money, last_order, last_seen, first_seen, recent)


def _silhouette(points: np.ndarray, groups: np.ndarray) -> float:
    """As Rousseeuw wrote it down, point by point."""
    away, told = cdist(points, points), []
    for at, own in enumerate(groups):
        mates = (groups == own) & (np.arange(len(groups)) != at)
        if not mates.any():
            told.append(0.0)
            continue
        a = away[at][mates].mean()
        b = min(away[at][groups == other].mean() for other in set(groups.tolist()) - {own})
        told.append((b - a) / max(a, b))
    return float(np.mean(told))


@given(st.integers(0, 10_000), st.integers(5, 40), st.integers(2, 4))
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
def test_the_silhouette_is_what_its_author_wrote(seed: int, n: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    points, groups = rng.standard_normal((n, 3)), rng.integers(0, k, n)
    if len(set(groups.tolist())) > 1:
        assert np.isclose(silhouette(points, groups), _silhouette(points, groups))


def test_the_number_of_groups_that_are_there_is_chosen() -> None:
    rng = np.random.default_rng(3)
    middle = np.array([[0.0, 0], [8, 0], [0, 8], [8, 8]])
    points = np.repeat(middle, 100, axis=0) + rng.standard_normal((400, 2))
    found = choose(fits(points, seed=1))
    assert found.k == 4
    assert found.silhouette > 0.6
    assert len(set(nearest(points, found.centres)[:100].tolist())) == 1


def test_more_groups_leave_less_unexplained() -> None:
    found = fits(np.random.default_rng(5).standard_normal((500, 2)), seed=1)
    shares = [fit.unexplained for fit in found]
    assert shares == sorted(shares, reverse=True)
    assert [fit.k for fit in found] == list(range(2, 9))


def test_three_kinds_of_customers_are_told_apart_and_named() -> None:
    people = _people()
    found = clusters_of(people, DEFAULTS, earlier={}, as_of=NOW)
    assert (found.report["k"], found.report["is_weak"], found.report["is_set"]) == (3, False, False)
    assert sorted(len(ids) for ids in found.members.values()) == [300, 300, 300]
    mine = {key for key, ids in found.members.items() if 1 in ids}
    assert mine <= {key for key in found.members if "high" in key}
    assert {row["k"] for row in found.report["candidates"]} == set(range(2, 9))
    assert clusters_of(people, DEFAULTS, earlier={}, as_of=NOW).report == found.report


def test_groups_keep_their_names_while_customers_move_a_little() -> None:
    first = clusters_of(_people(1), DEFAULTS, earlier={}, as_of=NOW)
    again = clusters_of(_people(2, each=320), DEFAULTS, earlier=first.report, as_of=NOW)
    assert set(again.members) == set(first.members)
    for key, ids in first.members.items():
        kind = (int(ids[0]) - 1) // 300
        assert (int(again.members[key][0]) - 1) // 320 == kind


def test_a_person_may_set_the_number() -> None:
    found = clusters_of(_people(), {"event": "", "k": 5}, earlier={}, as_of=NOW)
    assert (found.report["k"], found.report["is_set"], len(found.members)) == (5, True, 5)


def test_too_few_are_not_grouped() -> None:
    found = clusters_of(_people(each=LEAST // 3 - 1), DEFAULTS, earlier={}, as_of=NOW)
    assert (found.report["is_enough"], found.members) == (False, {})


def test_people_who_are_all_alike_break_nothing() -> None:
    people = _people(spread=0.0, each=100)
    alike = Spending(people.ids, *(np.ones(300) for _name in range(6)))
    assert clusters_of(alike, DEFAULTS, earlier={}, as_of=NOW).report["known"] == 300


def test_words_name_what_stands_out() -> None:
    mean = np.zeros(len(FEATURES))
    mean[FEATURES.index("frequency")], mean[FEATURES.index("recency")] = 2.0, -1.0
    assert words_of(mean) == ["frequency:high", "recency:low"]
    assert len(words_of(np.zeros(len(FEATURES)))) == 1


def test_far_groups_are_not_taken_for_earlier_ones() -> None:
    assert matched(np.array([[0.0], [9.0]]), np.array([[8.9], [3.0]]), within=1.0) == [None, 0]
