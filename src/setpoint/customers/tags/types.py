"""What others know of tags: frozen values, no tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Kind = Literal["manual", "rule", "model"]
Layer = Literal["fact", "behaviour", "value", "prediction"]


@dataclass(frozen=True, slots=True)
class TagDraft:
    """A tag to be. `how` and `every_minutes` belong to tags that are not set by people."""

    name: str
    kind: Kind = "manual"
    layer: Layer = "fact"
    how: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""
    weight: float = 1.0
    half_life_days: float | None = None
    every_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class CustomerTag:
    """A tag of one customer at a moment: `weight` now, faded and boosted; `given`, the weight that was set at `since`.

    `fades_from` is None while nothing fades; `half_life_days` and `boost` (the factors that are on) say why `weight`
    is another than `given`.
    """

    id: int
    name: str
    kind: Kind
    layer: Layer
    how: Mapping[str, Any]
    weight: float
    given: float
    since: datetime
    fades_from: datetime | None
    half_life_days: float | None
    boost: float


@dataclass(frozen=True, slots=True)
class TagMoment:
    """One change of one customer's tag: from `before` to `after` (0: not having it), by whom or what."""

    at: datetime
    tag_id: int
    tag: str
    kind: Kind
    how: Mapping[str, Any]
    by: str
    actor: str
    model: str
    model_version: str
    before: float
    after: float
