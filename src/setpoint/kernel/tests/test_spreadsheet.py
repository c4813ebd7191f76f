"""CSV that spreadsheets read as data."""

import csv
from datetime import UTC, datetime
from io import StringIO

from hypothesis import given
from hypothesis import strategies as st

from setpoint.kernel.spreadsheet import cell, csv_pieces


def test_a_file_has_a_mark_a_header_and_rows():
    made = b"".join(csv_pieces(["id", "名称"], [[1, "茶, “green”"], [2, None]]))
    assert made == '\ufeffid,名称\r\n1,"茶, “green”"\r\n2,\r\n'.encode()


def test_long_files_come_in_pieces():
    pieces = list(csv_pieces(["n"], ([n] for n in range(1201))))
    assert [piece.count(b"\r\n") for piece in pieces] == [1, 500, 500, 201]


def test_values_have_one_form():
    moment = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert [cell(value) for value in (True, False, 1.5, moment)] == [
        "true",
        "false",
        "1.5",
        "2026-03-02T09:00:00+00:00",
    ]


def test_nothing_runs_as_a_formula():
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"):
        assert cell(text) == f"'{text}"
    assert cell(-1) == "-1"


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=2, max_size=2)
    )
)
def test_any_text_comes_back(rows):
    made = b"".join(csv_pieces(["a", "b"], rows)).decode("utf-8-sig")
    back = list(csv.reader(StringIO(made, newline="")))
    assert back[1:] == [[cell(value) for value in row] for row in rows]
