"""The public verbs of the demo company: bring it, look at it, take it away. The work is done in the worker's lane."""

from __future__ import annotations

import logging
import shutil
import time
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from setpoint.autopilot import services as autopilot
from setpoint.customers.models import Customer
from setpoint.delivery import services as delivery
from setpoint.delivery.models import ChannelAccount, Delivery
from setpoint.governance import services as governance
from setpoint.governance.failures import outage
from setpoint.insights.tagging import findings
from setpoint.kernel.errors import Conflict, NotFound, SetpointError
from setpoint.site.company import moving, past
from setpoint.site.company import numbering as numbers
from setpoint.site.company.channel import CHANNEL
from setpoint.site.company.models import DemoCompany, DemoMail
from setpoint.site.company.types import ABSENT, Blocks, DemoCampaign, DemoFigures, DemoStatus

logger = logging.getLogger(__name__)
SUBJECT = "demo-company"
SILENT_SECONDS = 120.0
"""A maker that has not been heard of for so long was killed; another may take over."""
BUSY = {"wanted": ("wanted",), "making": ("wanted",), "unwanted": ("unwanted",), "removing": ("unwanted",)}
MESSAGE_COST = 50_000


class _Unwanted(Exception):
    """Somebody changed their mind while the demo was being made."""


def status() -> DemoStatus:
    """Where the demo company stands, and what is there."""
    row = DemoCompany.objects.filter(pk=1).first()
    if row is None:
        return ABSENT
    blocks = numbers.from_json(row.blocks)
    shown = [DemoCampaign(one.pk, one.name, one.state) for one in moving.campaigns_of(blocks)] if blocks else []
    return DemoStatus(
        state=row.state,  # type: ignore[arg-type]
        stage=row.stage,  # type: ignore[arg-type]
        percent=row.percent,
        round=row.round,
        failure=row.failure,
        changed_at=row.changed_at,
        figures=_figures(blocks),
        campaigns=tuple(shown),
    )


@governance.needs("settings:write")
@transaction.atomic
def bring(*, actor: str, now: datetime) -> DemoStatus:
    """Ask for the demo company; the worker makes it. Conflict where there is one already."""
    row = DemoCompany.objects.select_for_update().filter(pk=1).first()
    if row is not None and row.state != "failed":
        raise Conflict(_("There is a demo company already."), remedy=_("Look at it, or remove it first."))
    _refuse_taken_channel()
    kept = row.blocks if row else {}
    DemoCompany.objects.update_or_create(pk=1, defaults=_fresh("wanted", now) | {"blocks": kept})
    governance.record_audit(actor, "asked for", SUBJECT, now=now)
    return status()


@governance.needs("settings:write")
@transaction.atomic
def take_away(*, actor: str, now: datetime) -> DemoStatus:
    """Ask for the demo company to go, or for its making to end. NotFound where there is none."""
    row = DemoCompany.objects.select_for_update().filter(pk=1).first()
    if row is None:
        raise NotFound(_("There is no demo company."), remedy=_("Nothing needs to be done."))
    row.state, row.stage, row.percent, row.changed_at = "unwanted", "removing", 0, now
    row.save()
    governance.record_audit(actor, "removed", SUBJECT, before={"campaigns": _names(row)}, now=now)
    return status()


def run_next(worker: str, *, now: datetime) -> bool:
    """The lane's work: make or remove the demo company where that is asked for. Whether there was anything to do."""
    row = _claimed(worker, now)
    if row is None:
        return False
    try:
        if row.state == "making":
            _make(row, now)
        else:
            _remove(row, now)
    except _Unwanted:
        logger.info("The demo company was no longer wanted while it was being made.")
    except Exception as error:
        logger.exception("The demo company could not be made or removed.")
        _fail(error, now)
    return True


def mails(*, after: int, limit: int, search: str) -> list[DemoMail]:
    """What the demo's customers received, newest first, below the id `after` where that is not 0."""
    rows = DemoMail.objects.order_by("-pk").defer("html", "text")
    rows = rows.filter(pk__lt=after) if after else rows
    if search:
        rows = rows.filter(subject__icontains=search) | rows.filter(address__icontains=search)
    return list(rows[:limit])


def mail_count() -> int:
    """How many messages there are."""
    return DemoMail.objects.count()


def mail(mail_id: int) -> DemoMail:
    """One message; NotFound where it is not there."""
    found = DemoMail.objects.filter(pk=mail_id).first()
    if found is None:
        raise NotFound(_("There is no such message."), remedy=_("It went with its demo company, perhaps."))
    return found


def _figures(blocks: Blocks) -> DemoFigures:
    if not blocks:
        return ABSENT.figures
    people = blocks["customers.customer"]
    return DemoFigures(
        customers=moving.in_block(Customer, people).count(),
        deliveries=Delivery.objects.filter(customer_id__gte=people.first, customer_id__lte=people.last).count(),
        mails=DemoMail.objects.count(),
    )


def _names(row: DemoCompany) -> list[str]:
    blocks = numbers.from_json(row.blocks)
    return [one.name for one in moving.campaigns_of(blocks)] if blocks else []


def _fresh(state: str, now: datetime) -> dict[str, object]:
    return {"state": state, "stage": "", "percent": 0, "round": 0, "failure": "", "changed_at": now, "beat": 0.0}


def _refuse_taken_channel() -> None:
    taken = ChannelAccount.objects.filter(name=CHANNEL).exclude(plugin=CHANNEL).exists()
    if taken:
        raise Conflict(
            _('You have a channel named "demo" of your own.'), remedy=_("Remove that channel first; the demo needs it.")
        )


@transaction.atomic
def _claimed(worker: str, now: datetime) -> DemoCompany | None:
    """The row where there is work that nobody else does."""
    row = DemoCompany.objects.select_for_update().filter(pk=1, state__in=BUSY).first()
    if row is None or (row.state in {"making", "removing"} and time.time() - row.beat < SILENT_SECONDS):
        return None
    row.state = "making" if row.state in {"wanted", "making"} else "removing"
    row.worker, row.beat, row.changed_at = worker, time.time(), now
    row.save()
    return row


def _make(row: DemoCompany, now: datetime) -> None:
    moving.take_out(numbers.from_json(row.blocks), now=now)
    blocks = numbers.reserve()
    _note(row, blocks=numbers.to_json(blocks), stage="people", percent=2)
    home = Path(settings.SETPOINT_HOME) / "demo-company"
    shutil.rmtree(home, ignore_errors=True)
    try:
        currency = governance.company().currency
        made = past.play(
            home, blocks, currency=currency, now=now, tell=lambda percent, number: _tell(row, percent, number)
        )
        _note(row, stage="moving", percent=80)
        moving.move_in(made, blocks)
        findings.look_anew(now=now)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    delivery.set_channel(CHANNEL, CHANNEL, {}, cost_per_message=MESSAGE_COST)
    _note(row, state="ready", stage="", percent=100, changed_at=now)
    governance.notify("demo_company_ready", SUBJECT, {}, now=now)


def _tell(row: DemoCompany, percent: int, number: int) -> None:
    _note(row, stage="rounds" if number or percent > 20 else "people", percent=percent, round=number)


def _note(row: DemoCompany, **figures: object) -> None:
    """Write how far the work is, which is also the sign of life; ends it when it is no longer wanted."""
    mine = DemoCompany.objects.filter(pk=1, state="making", worker=row.worker)
    if not mine.update(beat=time.time(), **figures):
        raise _Unwanted


def _remove(row: DemoCompany, now: datetime) -> None:
    blocks = numbers.from_json(row.blocks)
    for campaign in moving.campaigns_of(blocks) if blocks else []:
        if campaign.state in {"running", "paused"}:
            autopilot.VERBS["cancel"](campaign.pk, actor=moving.ACTOR, now=now)
    moving.take_out(blocks, now=now)
    findings.look_anew(now=now)
    governance.withdraw(SUBJECT)
    ChannelAccount.objects.filter(name=CHANNEL, plugin=CHANNEL).delete()
    DemoCompany.objects.filter(pk=1, state="removing").delete()


def _fail(error: Exception, now: datetime) -> None:
    known = error if isinstance(error, SetpointError) else outage(error)
    technical = f"({known.technical})" if known.technical else ""
    said = " ".join(filter(None, (known.message, known.remedy, technical)))
    DemoCompany.objects.filter(pk=1).update(state="failed", failure=said[:2000], changed_at=now)
