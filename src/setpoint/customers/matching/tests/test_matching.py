"""Matching: columns are told by content, pairs by evidence, families are not one person, chains do not hold."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from splink.internals.linker_components.training import LinkerTraining

from setpoint.customers.matching import linking
from setpoint.customers.matching.blocking import choose_blocks
from setpoint.customers.matching.clusters import clusters
from setpoint.customers.matching.columns import ask, look, spell
from setpoint.customers.matching.homes import find_homes
from setpoint.customers.matching.linking import match
from setpoint.kernel.errors import Invalid


def _table(**columns: list[str | None]) -> pa.Table:
    size = len(next(iter(columns.values())))
    return pa.table({"id": list(range(size)), **columns})


def test_columns_are_told_by_their_content() -> None:
    rows = 400
    connection = duckdb.connect()
    table = _table(
        a=[f"{1950 + n % 50}-0{1 + n % 5}-1{n % 5}" for n in range(rows)],
        b=[f"p{n % 150}@x.org" for n in range(rows)],
        c=[f"+4930{n % 170:07}" for n in range(rows)],
        d=[f"{n % 90:04}" for n in range(rows)],
        e=[["wa", "nsw", "qld"][n % 3] for n in range(rows)],
        f=[f"{n % 120} Mill Lane" for n in range(rows)],
        g=["ÉLOÏSE " if n % 2 else f"name{n % 77}" for n in range(rows)],
        same=["x"] * rows,
        unique=[f"row {n}" for n in range(rows)],
        own_mail=[f"p{n}@x.org" for n in range(rows)],
        rare=["seen" if n < 3 else None for n in range(rows)],
    )
    spell(connection, table, id_column="id")
    found = {
        column.name: column.content for column in look(connection, [*"abcdefg", "same", "unique", "rare", "own_mail"])
    }
    assert found == {
        "a": "date", "b": "email", "c": "code", "d": "digits", "e": "category", "f": "text", "g": "words",
        "own_mail": "email",
    }  # fmt: skip
    assert ask(connection, "SELECT a, g FROM people WHERE row_id = 1") == [("19510211", "eloise")]


def test_telephones_go_by_their_last_digits_and_codes_by_their_signs() -> None:
    connection = duckdb.connect()
    spellings = ["+86 138-0013-{0:04}", "138 0013 {0:04}", "0086138 0013{0:04}", "+86 (0)138.0013.{0:04}"]
    table = _table(
        phone=[spelling.format(n) for n in range(50) for spelling in spellings],
        card=[f"{n:03}-{n:03}/{n:03}" if even else f"{n:03}{n:03}{n:03}" for n in range(100) for even in (0, 1)],
    )
    spell(connection, table, id_column="id")
    found = {column.name: (column.content, column.distinct) for column in look(connection, ["phone", "card"])}
    assert found == {"phone": ("code", 50), "card": ("code", 100)}


def test_where_nobody_has_two_records_none_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Towns and their postal codes go together, and some names are common: that makes nobody one person."""
    monkeypatch.setattr(linking, "RANDOM_PAIRS", 100_000)
    draw = np.random.default_rng(3)
    rows = 2200

    def some(most: int) -> list[int]:
        common = np.minimum(draw.pareto(0.7, rows), most - 1).astype(int)
        return list(np.where(draw.random(rows) < 0.5, common, draw.integers(0, most, rows)))

    towns, houses = some(300), draw.integers(1, 180, rows)
    table = pa.table(
        {
            "id": range(rows),
            "name": [f"{n * 7919:x}a" for n in some(400)],
            "surname": [f"{n * 104_729:x}o" for n in some(1500)],
            "street": [f"{n * 1_299_709:x} road" for n in draw.integers(0, 900, rows)],
            "house": [f"{n}" for n in houses],
            "town": [f"{n * 15_485_863:x}ton" for n in towns],
            "post": [f"{10_000 + 71 * n}" for n in towns],
            "born": [f"{1935 + n // 336}-{1 + n % 12:02}-{1 + n % 28:02}" for n in draw.integers(0, 24_000, rows)],
        }
    )
    assert match(table, id_column="id", least=0.5, seed=1).pairs == ()


def test_common_values_are_blocked_on_together() -> None:
    connection = duckdb.connect()
    rows = 2000
    table = _table(
        state=[f"s{n % 2}" for n in range(rows)],
        year=[f"y{n // 2 % 25}" for n in range(rows)],
        name=[f"n{n % 700}" for n in range(rows)],
    )
    spell(connection, table, id_column="id")
    blocks = choose_blocks(connection, look(connection, ["state", "year", "name"]), rows)
    assert blocks == [("name",), ("state", "year")]


def test_a_chain_of_neighbours_is_not_one_person() -> None:
    chain = [(1, 2, 0.99), (2, 3, 0.98), (3, 4, 0.97)]
    assert clusters(chain) == [[1, 2, 3]]
    assert clusters([*chain, (1, 3, 0.9), (2, 4, 0.9)]) == [[1, 2, 3, 4]]
    assert clusters([]) == []


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.tuples(st.integers(0, 12), st.integers(13, 25)), st.floats(0.5, 1), max_size=30))
def test_clusters_hold_each_record_once_and_do_not_depend_on_order(links: dict[tuple[int, int], float]) -> None:
    given_links = [(first, second, sure) for (first, second), sure in links.items()]
    found = clusters(given_links)
    assert clusters(reversed(given_links)) == found
    members = [record for group in found for record in group]
    assert len(members) == len(set(members))
    assert set(members) <= {record for pair in links for record in pair}


def test_two_common_names_prove_nothing() -> None:
    draw = np.random.default_rng(5)
    table = _table(
        name=[f"n{n}" for n in draw.integers(0, 40, 2000)], surname=[f"s{n}" for n in draw.integers(0, 60, 2000)]
    )
    assert match(table, id_column="id", least=0.5, seed=1).pairs == ()


def test_too_little_to_go_by_is_refused() -> None:
    with pytest.raises(Invalid) as caught:
        match(_table(name=["a", "b"] * 50), id_column="id", least=0.5, seed=1)
    assert "columns" in caught.value.remedy


def test_one_person_who_moved_is_no_family() -> None:
    """Patterns that differ in address alone: no date differs, so no homes are seen."""
    levels = np.array([[3, 3, 3, 3, 3], [3, 3, 3, 0, 0], [3, 3, 0, 3, 3], [0, 0, 0, 3, 3]])
    dates = [False, False, True, False, False]
    moved = find_homes(levels[:3], np.array([500, 200, 40]), [3] * 5, dates, seed=1)
    assert moved is None
    homes = find_homes(levels, np.array([500, 5, 40, 300]), [3] * 5, dates, seed=1)
    assert homes is not None
    doubt = homes.doubt(levels)
    assert doubt[0] < -5 < 5 < doubt[3]


def test_a_block_that_teaches_nothing_does_not_end_the_search(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The library gives up a block in which a probability sinks to zero; the others still tell who is one person."""
    learn, seen = LinkerTraining.estimate_parameters_using_expectation_maximisation, []

    def give_up_first(self: LinkerTraining, *words: object, **more: object) -> object:
        learnt = learn(self, *words, **more)
        seen.append(1)
        if len(seen) == 1:
            raise ValueError("m_probability value 0.0 is below the minimum allowed value")
        return learnt

    monkeypatch.setattr(LinkerTraining, "estimate_parameters_using_expectation_maximisation", give_up_first)
    found = match(_people(400, again=60), id_column="id", least=0.9, seed=1)
    assert len(seen) > 1
    assert "Nothing was learnt" in caplog.text
    assert {(pair.first, pair.second) for pair in found.pairs} >= {(n, 400 + n) for n in range(10)}


def _people(size: int, *, again: int) -> pa.Table:
    """So many people, the first of them written down a second time."""
    who = [*range(size), *range(again)]
    return _table(
        name=[f"given{n * 7 % 90}" for n in who],
        surname=[f"family{n * 13 % 97}" for n in who],
        born=[f"{1950 + n % 50}-0{1 + n % 9}-{10 + n % 19}" for n in who],
        postcode=[f"{n * 31 % 110:04}" for n in who],
    )
