"""Data quality of customers' traits, measured on a sample once a day and some minutes after rows landed: complete,
valid, unique, fresh, drifting."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction
from django.db.models import Max, TextField
from django.db.models.functions import Cast

from setpoint.customers.locks import exclusive
from setpoint.customers.models import Customer
from setpoint.customers.services import customer_frame, trait_names
from setpoint.events.models import ImportJob
from setpoint.governance.services import needs, record_audit
from setpoint.sources.cleaning import values
from setpoint.sources.cleaning.parsing import as_text, moment_in, number_of, numbers, zone_of
from setpoint.sources.models import QualityReading, QualityWish, Run

SAMPLE = 100_000
FRESHNESS_SAMPLE = 5_000
MOST_TRAITS = 200
AGAIN_AFTER = timedelta(minutes=5)
"""How long after a measuring the next one may come because rows landed; what landed shortly before it counts as well,
as it may not have reached the customers by then."""
NEWEST = 50
KEPT = timedelta(days=400)
TREND_DAYS = 90
_BUCKETS = 10
_TOP = 20
_OTHER = "\0other"
_LEAST = 1e-4
_UTC = zone_of("UTC")
_READABLE = 0.6


@dataclass(frozen=True, slots=True)
class Point:
    """One day's figures of a trait."""

    day: date
    completeness: float
    validity: float
    uniqueness: float
    freshness_days: float | None
    drift: float | None


@dataclass(frozen=True, slots=True)
class TraitQuality:
    """A trait now and over time. `meaning` is what its values seem to be; validity is the share that can be read so."""

    trait: str
    meaning: str
    rows: int
    now: Point
    trend: Sequence[Point] = field(default_factory=tuple)
    examples: Sequence[str] = field(default_factory=tuple)


def measure_due(*, now: datetime) -> bool:
    """Measure when nobody did today, or when somebody asked or rows landed since. False when nothing was to do."""
    wish = QualityWish.objects.filter(pk=1).first()
    if wish and _is_fresh(wish, now):
        return False
    if not Customer.objects.exists():
        return False
    with exclusive("data-quality") as mine:
        return mine and measure(now=now) >= 0


def _is_fresh(wish: QualityWish, now: datetime) -> bool:
    """Whether it was measured today, and nobody asked nor did rows land since."""
    if wish.measured_at is None or wish.measured_at.date() != now.date():
        return False
    if wish.asked_at is not None and wish.asked_at > wish.measured_at:
        return False
    return now - wish.measured_at < AGAIN_AFTER or not _landed_after(wish.measured_at - AGAIN_AFTER)


def _landed_after(moment: datetime) -> bool:
    """Whether one of the newest runs and imports ended later and brought anything."""
    ended = [
        row
        for model in (Run, ImportJob)
        for row in model.objects.order_by("-pk").values_list("finished_at", "rows_created", "rows_changed")[:NEWEST]
    ]
    return any(at is not None and at > moment and new + changed > 0 for at, new, changed in ended)


@needs("imports:write")
def ask_to_measure(*, actor: str, now: datetime) -> None:
    """Let the worker measure soon."""
    with transaction.atomic():
        QualityWish.objects.update_or_create(pk=1, defaults={"asked_at": now})
        record_audit(actor, "asked", "data-quality", now=now)


def measure(*, now: datetime) -> int:
    """Measure all traits on a sample of customers and keep the day's readings. Returns how many traits."""
    kinds = dict(list(trait_names().items())[:MOST_TRAITS])
    frame = customer_frame(list(kinds))
    frame = frame.slice(max(frame.num_rows - SAMPLE, 0)) if frame.num_rows > SAMPLE else frame
    stated = _stated(now)
    readings = [_reading(name, frame[name], stated.get(name), now) for name in kinds if name in frame.column_names]
    with transaction.atomic():
        QualityReading.objects.filter(day=now.date()).delete()
        QualityReading.objects.bulk_create(readings)
        QualityReading.objects.filter(day__lt=(now - KEPT).date()).delete()
        QualityWish.objects.update_or_create(pk=1, defaults={"measured_at": now})
    return len(readings)


def trait_quality(*, now: datetime) -> list[TraitQuality]:
    """Every trait's last reading with its trend, the least complete first."""
    since = (now - timedelta(days=TREND_DAYS)).date()
    by_trait: dict[str, list[QualityReading]] = {}
    for reading in QualityReading.objects.filter(day__gte=since).order_by("trait", "day"):
        by_trait.setdefault(reading.trait, []).append(reading)
    last = QualityReading.objects.aggregate(day=Max("day"))["day"]
    found = [_told(readings) for readings in by_trait.values() if readings[-1].day == last]
    return sorted(found, key=lambda each: (each.now.completeness * each.now.validity, each.trait))


def measured_at() -> datetime | None:
    """When data quality was last measured."""
    return QualityWish.objects.filter(pk=1).values_list("measured_at", flat=True).first()


def meaning_of(trait: str, text: pa.Array) -> str:
    """What a trait's values seem to be: the first meaning that most of a sample can be read as."""
    sample = text.drop_null().unique()[:500].to_pylist()
    if not sample:
        return "text"
    for meaning, looks in _LOOKS.items():
        if sum(looks(value) for value in sample) >= max(_READABLE * len(sample), 1):
            return meaning
    return "text"


def drift_of(before: Mapping[str, float], after: Mapping[str, float]) -> float:
    """Population stability index of two distributions: under 0.1 steady, over 0.25 another population."""
    names = before.keys() | after.keys()
    shares = [(max(before.get(name, 0.0), _LEAST), max(after.get(name, 0.0), _LEAST)) for name in names]
    return round(sum((new - old) * math.log(new / old) for old, new in shares), 4)


def _reading(name: str, column: Any, stated: float | None, now: datetime) -> QualityReading:
    text = as_text(column)
    filled = len(text) - text.null_count
    meaning = meaning_of(name, text)
    shape = _shape(column, text, _baseline(name, now.date()))
    return QualityReading(
        day=now.date(),
        trait=name,
        rows=len(text),
        completeness=_share(filled, len(text)),
        validity=_validity(text, meaning, filled),
        uniqueness=_share(len(text.drop_null().unique()), filled),
        freshness_days=stated,
        drift=shape.pop("drift"),
        profile={"meaning": meaning, "examples": _examples(text, meaning)} | shape,
    )


def _validity(text: pa.Array, meaning: str, filled: int) -> float:
    reads = _MEANINGS.get(meaning)
    if reads is None or not filled:
        return 1.0
    counts = pc.value_counts(text.drop_null())
    told = zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True)
    return _share(sum(count for value, count in told if reads(value)), filled)


def _examples(text: pa.Array, meaning: str) -> list[str]:
    """Some values that cannot be read."""
    reads = _MEANINGS.get(meaning)
    if reads is None:
        return []
    return [str(value)[:60] for value in text.drop_null().unique()[:5_000].to_pylist() if not reads(value)][:5]


def _baseline(trait: str, today: date) -> Mapping[str, Any]:
    """The last reading before today: what today's distribution is compared with."""
    last = QualityReading.objects.filter(trait=trait, day__lt=today).order_by("-day").first()
    return last.profile if last else {}


def _shape(column: Any, text: pa.Array, before: Mapping[str, Any]) -> dict[str, Any]:
    """The distribution: shares between fixed edges for numbers, of the most frequent values for text."""
    found = numbers(column)
    is_numeric = text.null_count < len(text) and found.null_count <= text.null_count
    edges = before.get("edges") or (_edges(found) if is_numeric else None)
    shares = _between(found, edges) if edges and is_numeric else _most_frequent(text, before.get("shares"))
    old = before.get("shares")
    return {"edges": edges, "shares": shares, "drift": drift_of(old, shares) if old else None}


def _edges(found: pa.Array) -> list[float]:
    points = [place / _BUCKETS for place in range(1, _BUCKETS)]
    return sorted({float(edge) for edge in pc.quantile(found.drop_null(), points).to_pylist()})


def _between(found: pa.Array, edges: Sequence[float]) -> dict[str, float]:
    import numpy as np

    plain = found.drop_null().to_numpy(zero_copy_only=False)
    counts = np.bincount(np.searchsorted(edges, plain, side="left"), minlength=len(edges) + 1)
    return {str(place): _share(int(count), len(plain)) for place, count in enumerate(counts)}


def _most_frequent(text: pa.Array, before: Mapping[str, float] | None) -> dict[str, float]:
    """Shares of the values that were frequent before, else of those that are now; all others together."""
    counts = pc.value_counts(text.drop_null()).to_pylist()
    total = sum(each["counts"] for each in counts)
    if before:
        named = {each["values"]: each["counts"] for each in counts if each["values"] in before}
    else:
        top = sorted(counts, key=lambda each: (-each["counts"], each["values"]))[:_TOP]
        named = {each["values"]: each["counts"] for each in top}
    shares = {str(name).replace("\0", ""): _share(count, total) for name, count in named.items()}
    return shares | {_OTHER.strip("\0"): max(0.0, 1 - sum(shares.values())) if total else 0.0}


def _stated(now: datetime) -> dict[str, float]:
    """Of each trait the median age of its last statement in days, over the newest customers."""
    rows = Customer.objects.order_by("-pk").annotate(json=Cast("stated", TextField()))[:FRESHNESS_SAMPLE]
    ages: dict[str, list[float]] = {}
    micros = now.timestamp() * 1e6
    for text in rows.values_list("json", flat=True):
        for name, at in msgspec.json.decode(text or "{}").items():
            if isinstance(at, int):
                ages.setdefault(name.removeprefix("trait:"), []).append(max(micros - at, 0) / 86_400e6)
    return {name: round(sorted(found)[len(found) // 2], 2) for name, found in ages.items()}


def _told(readings: Sequence[QualityReading]) -> TraitQuality:
    points = tuple(
        Point(each.day, each.completeness, each.validity, each.uniqueness, each.freshness_days, each.drift)
        for each in readings
    )
    last = readings[-1]
    told = last.profile
    return TraitQuality(
        last.trait, str(told.get("meaning", "text")), last.rows, points[-1], points, tuple(told.get("examples", ()))
    )


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0.0


_MEANINGS: Mapping[str, Callable[[str], bool]] = {
    "boolean": lambda text: values.boolean(text) is not None and not text.isdigit(),
    "email": lambda text: "@" in text and values.email(text, mend=False) == text,
    "phone": lambda text: text.startswith("+") and values.phone(text, "") == text,
    "number": lambda text: number_of(text) is not None,
    "date": lambda text: len(text) >= 8 and moment_in(text, _UTC) is not None,
}
_LOOKS: Mapping[str, Callable[[str], bool]] = {
    **_MEANINGS,
    "email": lambda text: "@" in text,
    "phone": lambda text: text.startswith("+") and text[1:].isdigit() and len(text) > 7,
}
