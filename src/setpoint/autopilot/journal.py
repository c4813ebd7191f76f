"""The journal: each finished step's result, kept under (campaign, round, step name).

A step that has finished is never run again: its recorded result is returned. A step that was cut short runs again,
so steps are pure or idempotent by key. Names, not positions, identify steps, so a newer version of the loop reads
what an older one wrote.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, ParamSpec, TypeVar, get_type_hints

import msgspec
from django.db import transaction

from setpoint.autopilot.errors import Waiting
from setpoint.autopilot.models import Step
from setpoint.autopilot.types import Running

P = ParamSpec("P")
R = TypeVar("R")


class Steps:
    """The steps of one round."""

    def __init__(self, campaign: Running, number: int) -> None:
        self.campaign = campaign
        self.number = number

    def __call__(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The recorded result of this step, or the result of doing it now."""
        kind: type[R] = get_type_hints(work)["return"]
        kept = self._kept(work.__name__)
        if kept is not None:
            return restore(kept, kind)
        return self._keep(work.__name__, work(*args, **kwargs), kind)

    def wait_until(self, moment: datetime) -> None:
        """Go on only from this moment; until then the scheduler is told when to call again."""
        if self.campaign.now < moment:
            raise Waiting(moment, "response_window")

    def _kept(self, name: str) -> Any:
        found = Step.objects.filter(campaign_id=self.campaign.id, round=self.number, name=name)
        return found.values_list("result", flat=True).first()

    def _keep(self, name: str, result: R, kind: type[R]) -> R:
        with transaction.atomic():
            Step.objects.get_or_create(
                campaign_id=self.campaign.id,
                round=self.number,
                name=name,
                defaults={"result": msgspec.to_builtins(result), "finished_at": self.campaign.now},
            )
        return restore(self._kept(name), kind)


class Journal:
    """All rounds' steps. The one implementation; a class so that the loop reads as in the design."""

    def steps(self, campaign: Running, number: int) -> Steps:
        """The steps of one round of one campaign."""
        return Steps(campaign, number)


def restore(kept: Any, kind: type[R]) -> R:
    """A frozen value back from its JSON form; fields that an older version did not write take their defaults."""
    return msgspec.convert(kept, kind, strict=False)


def result_of(campaign_id: int, number: int, name: str, kind: type[R]) -> R | None:
    """What a step of a round returned, or None when it has not finished."""
    kept = (
        Step.objects.filter(campaign_id=campaign_id, round=number, name=name).values_list("result", flat=True).first()
    )
    return None if kept is None else restore(kept, kind)


def results_of(campaign_id: int, name: str, kind: type[R]) -> dict[int, R]:
    """What a step returned in each round so far, by round."""
    kept = Step.objects.filter(campaign_id=campaign_id, name=name).order_by("round").values_list("round", "result")
    return {number: restore(result, kind) for number, result in kept}
