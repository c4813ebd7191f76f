"""Features made of traits: numbers as they are, few-valued texts as one column a value."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from setpoint.customers.naming import NAME_TRAITS
from setpoint.insights.features import Column, share_column

MOST_VALUES = 6
LEAST_SHARE = 0.02
_FIXED = frozenset({"customer_id", "created_at", "timezone", *NAME_TRAITS})
"""What tells who somebody is, not what they are like: nobody gets an offer for their name."""


def trait_columns(customers: pa.Table, wanted: tuple[str, ...] = ()) -> dict[str, Column]:
    """Columns by name, sorted: "trait:age", "trait:age:missing", "trait:city=Lyon". n rows as in `customers`.

    A number has an indicator of being missing where more than 2 % miss it. A text or boolean has a column for each of
    its six commonest values held by at least 2 %; where these cover everybody, the commonest is left out, as the rest
    tell it. Columns named in `wanted` are made whatever the shares are.
    """
    found: dict[str, Column] = {}
    for name in customers.column_names:
        if name not in _FIXED:
            found.update(_of_trait(f"trait:{name}", customers[name].combine_chunks(), wanted))
    return dict(sorted(found.items()))


def _of_trait(name: str, values: pa.Array, wanted: tuple[str, ...]) -> Iterator[tuple[str, Column]]:
    if not pa.types.is_floating(values.type):
        texts = values.cast(pa.string())
        for value in _values(name, texts, wanted):
            yield f"{name}={value}", share_column(_flags(pc.equal(texts, value)))
        return
    missing = values.null_count / max(len(values), 1)
    # A number tells more than any one yes-or-no column (at most 1 bit), the more so the more have it.
    yield name, Column(_floats(values), 0.0, 2.0 - missing)
    indicator = f"{name}:missing"
    if missing > LEAST_SHARE or indicator in wanted:
        yield indicator, share_column(_flags(pc.is_null(values)))


def _values(name: str, texts: pa.Array, wanted: tuple[str, ...]) -> list[str]:
    if wanted:
        return [column.removeprefix(f"{name}=") for column in wanted if column.startswith(f"{name}=")]
    counts = pc.value_counts(texts.drop_null())
    ranked = sorted(
        ((-count, value) for value, count in zip(*map(pa.Array.to_pylist, counts.flatten()), strict=True) if value),
    )
    common = [(-count, value) for count, value in ranked[:MOST_VALUES] if -count >= LEAST_SHARE * len(texts)]
    covered = sum(count for count, _value in common) == len(texts)
    return sorted(value for _count, value in common[1 if covered else 0 :])


def _flags(values: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.array(pc.fill_null(values, False).to_numpy(zero_copy_only=False), dtype=np.bool_)


def _floats(values: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array(pc.fill_null(values.cast(pa.float64()), np.nan).to_numpy(zero_copy_only=False), dtype=np.float64)
