"""Where a round's arrays lie: one compressed file a round beside the lake, written once and renamed into place."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
from django.conf import settings

from setpoint.insights.types import Findings

Floats = npt.NDArray[np.float64]


def keep_findings(key: str, number: int, findings: Findings) -> None:
    """Write the arrays of one round's findings."""
    path = _path(key, number)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}.tmp")
    with fresh.open("wb") as file:
        np.savez_compressed(
            file,
            customer_ids=findings.customer_ids,
            features=findings.features,
            feature_names=np.array(findings.feature_names, dtype=np.str_),
            centre=findings.centre,
            scale=findings.scale,
            order_value=findings.order_value,
            base_rate=np.array(findings.base_rate),
        )
    fresh.replace(path)


def load_findings(key: str, number: int) -> Findings:
    """The arrays of one round's findings, as they were kept."""
    with np.load(_path(key, number), allow_pickle=False) as kept:
        return Findings(
            customer_ids=kept["customer_ids"],
            features=kept["features"],
            feature_names=tuple(str(name) for name in kept["feature_names"]),
            centre=kept["centre"],
            scale=kept["scale"],
            order_value=kept["order_value"],
            base_rate=float(kept["base_rate"]),
        )


def load_scale(key: str, number: int) -> tuple[tuple[str, ...], Floats, Floats]:
    """Names, centre and scale of one round's features, without the features themselves."""
    with np.load(_path(key, number), allow_pickle=False) as kept:
        return tuple(str(name) for name in kept["feature_names"]), kept["centre"], kept["scale"]


def has_findings(key: str, number: int) -> bool:
    """Whether that round's findings were kept."""
    return _path(key, number).exists()


def _path(key: str, number: int) -> Path:
    return Path(settings.SETPOINT_LAKE) / "findings" / key.replace(":", "-") / f"{number:04d}.npz"
