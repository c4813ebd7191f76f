"""Looking at columns: spelled alike, and told by their content. No column's name means anything here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import pyarrow as pa

from setpoint.customers.matching.types import Column, Content

ROWS = "people"
"""The table that holds the spelled rows: `row_id` and one text column each."""
_FEWEST = 20
_LEAST_FILLED = 0.02
_MOST, _SOME = 0.8, 0.01
_CATEGORY = 0.01
_SHORT_CODE = 6

_SPELLED = "nullif(trim(regexp_replace(lower(strip_accents(nfc_normalize({0}::varchar))), '\\s+', ' ', 'g')), '')"
_FORMATS = (
    "['%Y-%m-%d', '%Y%m%d', '%d.%m.%Y', '%d/%m/%Y', '%m/%d/%Y', '%Y/%m/%d', '%Y-%m-%dT%H:%M:%S', '%Y-%m-%d %H:%M:%S']"
)
_DATE = f"try_strptime({{0}}, {_FORMATS})"
_IN_LIFE = "coalesce({0} BETWEEN TIMESTAMP '1850-01-01' AND TIMESTAMP '2150-01-01', false)"
_DATE_SPELLED = "coalesce(strftime({1}, '%Y%m%d'), {0})"
_CODE = "coalesce(nullif(regexp_replace({0}, '[-./() ]', '', 'g'), ''), {0})"
_PHONE = "coalesce(nullif(right(regexp_replace({0}, '[^0-9]', '', 'g'), 9), ''), {0})"
_LOOK = """
SELECT count({0}), count(DISTINCT {0}), coalesce(avg(({0} LIKE '+%')::int), 0), coalesce(avg(length({0})), 0),
       coalesce(avg(length(regexp_replace({0}, '[^0-9]', '', 'g'))
                    / nullif(length(regexp_replace({0}, '[-+./() ]', '', 'g')), 0)), 0),
       coalesce(avg(({0} LIKE '%_@_%')::int), 0), coalesce(avg(({0} LIKE '% %')::int), 0),
       coalesce(avg(CASE WHEN {0} IS NOT NULL THEN ({1})::int END), 0)
FROM people
"""


def spell(connection: duckdb.DuckDBPyConnection, rows: pa.Table, *, id_column: str) -> None:
    """Keep the rows as the table `people`: lower case, no accents, single blanks, empty is missing."""
    others = [name for name in rows.column_names if name != id_column]
    spelled = ", ".join(f"{_SPELLED.format(quoted(name))} AS {quoted(name)}" for name in others)
    connection.register("given_rows", rows)
    connection.execute(f"CREATE TABLE {ROWS} AS SELECT {quoted(id_column)} AS row_id, {spelled} FROM given_rows")  # noqa: S608 quoted
    connection.unregister("given_rows")


def look(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> list[Column]:
    """The columns that can tell people apart: filled often enough, neither the same for all nor unique to each row,
    but for addresses, which are alike where they are not the same. Dates are brought into one form on the way."""
    rows = ask(connection, f"SELECT count(*) FROM {ROWS}")[0][0]  # noqa: S608
    found = []
    for name in names:
        date = _IN_LIFE.format(_DATE.format(quoted(name)))
        filled, distinct, phones, *shares = ask(connection, _LOOK.format(quoted(name), date))[0]
        if filled < max(_FEWEST, rows * _LEAST_FILLED):
            continue
        content = _content(distinct / filled, *shares)
        distinct = _respelled(connection, quoted(name), content, phones) or distinct
        if 1 < distinct < filled or (distinct > 1 and (content == "email" or phones >= _MOST)):
            found.append(Column(name, content, filled, distinct))
    return found


def ask(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    rows: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
    return rows


def quoted(name: str) -> str:
    """A column's name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def _respelled(connection: duckdb.DuckDBPyConnection, name: str, content: Content, phones: float) -> int:
    """Bring dates, and codes, into one form each; returns how many differ then, 0 for other contents.

    Of telephones some are written with their country's code and some without: they go by their last digits.
    """
    if content not in ("date", "code"):
        return 0
    spelled = _DATE_SPELLED if content == "date" else _PHONE if phones >= _SOME else _CODE
    value = spelled.format(name, _DATE.format(name))
    connection.execute(f"UPDATE {ROWS} SET {name} = {value} WHERE {name} IS NOT NULL")  # noqa: S608 quoted
    return int(ask(connection, f"SELECT count(DISTINCT {name}) FROM {ROWS}")[0][0])  # noqa: S608 quoted


def _content(variety: float, length: float, digits: float, emails: float, blanks: float, dates: float) -> Content:
    if emails >= _MOST:
        return "email"
    if dates >= _MOST:
        return "date"
    if variety < _CATEGORY:
        return "category"
    if digits >= _MOST:
        return "code" if length >= _SHORT_CODE else "digits"
    return "text" if blanks >= 0.5 else "words"
