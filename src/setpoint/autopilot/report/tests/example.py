"""A fixed campaign for the tests: ended with a proof, some of everything in it."""

from dataclasses import replace
from datetime import UTC, datetime

from setpoint.autopilot.report.types import (
    ActionPart,
    BaselinePart,
    DecisionPart,
    FunnelPart,
    GoalPart,
    LedgerPart,
    LimitLine,
    RatioPart,
    ReportData,
    RoundPart,
    Said,
    SpendPart,
)


def day(number):
    return datetime(2026, 3, number, 9, 0, tzinfo=UTC)


ROUNDS = (
    RoundPart(1, day(2), 23570, 3120, 912, 702.4, None, None, None, 96.0, 760.0, {"money": 0.031}, 0.004,
              "not enough data", Said("goal_not_yet_proven")),
    RoundPart(2, day(9), 22410, 3680, 1040, 811.9, 201.5, 61.2, (61.2, 341.8), 142.0, 840.0, {"money": 0.034}, 0.002,
              "not proven", Said("goal_not_yet_proven"), (Said("", text="responses have changed since round 1"),)),
    RoundPart(3, day(16), 21904, 3544, 985, 796.3, 322.4, 183.9, (183.9, 460.9), 151.0, 830.0, {"money": 0.029}, 0.001,
              "not proven", Said("goal_not_yet_proven")),
    RoundPart(4, day(23), 21377, 3402, 961, 774.0, 447.0, 306.5, (306.5, 587.5), 149.0, 800.0, {"money": 0.027}, 0.001,
              "proven", Said("goal")),
)  # fmt: skip

UNSURE = ((ROUNDS[1], 70.2, -60.1), (ROUNDS[2], 22.0, -71.0), (ROUNDS[3], 41.0, -52.0))

DATA = ReportData(
    company="Corner Shop",
    currency="CNY",
    campaign="Spring: win back <sleepers>",
    status="goal",
    reason=Said("proven"),
    started_at=day(2),
    ended_at=day(30),
    made_at=day(30),
    policy="thompson",
    audience=23570,
    goal=GoalPart(
        metric="conversions",
        target=300,
        event="Order Completed",
        deadline=datetime(2026, 4, 27, tzinfo=UTC),
        estimate=447.0,
        proven_at_least=306.5,
        interval=(306.5, 587.5),
        verdict="proven",
        forecast_estimate=412.0,
        chance_of_goal=1.0,
    ),
    spend=SpendPart(
        money=3084.6,
        reserved=212.0,
        limit=5000.0,
        messages=13746,
        messages_limit=20000,
        by_channel={"email": 3084.6},
        lines=(
            LimitLine("campaign", "money", 5000.0, 212.0, 3084.6),
            LimitLine("campaign", "messages", 20000, 0, 13746),
            LimitLine("campaign", "time", 4.0, 0, 3.9),
            LimitLine("channel:email", "money", 3100.0, 12.0, 3084.6),
        ),
    ),
    funnel=FunnelPart(
        decided=89261, none=71617, held_out=1178, ghost=2720, planned=13990, sent=13746, delivered=13571, bounced=151,
        failed=3, unknown=4,
        suppressed={"ghost": 2720, "held_out": 1178, "no_consent": 188, "limit:customer:messages": 56},
        opened_human=5120, opened_machine=3377, clicked_human=1498, clicked_machine=906, converted=1211, redeemed=388,
        unsubscribed=61, complained=2,
    ),
    revenue=40211.5,
    incremental_revenue=14880.0,
    incremental_revenue_interval=(6020.0, 23740.0),
    roi=3.824,
    cost_per_incremental=6.9,
    rounds=ROUNDS,
    actions=(
        ActionPart("none", (), 0, 0, 0.0, 0.0, 0.0, 0.71),
        ActionPart("a", ("9 折", "Friendly", "email", "09:00"), 6120, 640, 0.044, 0.029, 0.059, 0.16),
        ActionPart("b", ("Free shipping", "Friendly", "email", "19:00"), 4810, 371, 0.026, 0.011, 0.041, 0.09),
        ActionPart("c", ("No offer", "Plain", "email", "09:00"), 2816, 200, 0.004, -0.011, 0.019, 0.04),
    ),
    segments_before={"champions": 2210, "at_risk": 5120, "hibernating": 9022, "lost": 7218},
    segments_after={"champions": 2391, "at_risk": 4880, "hibernating": 8907, "lost": 7392},
    baseline=BaselinePart("Test, then best", "deadline", 251.0, 90.0, 4120.0, 18800, 1377, 16.41, 6),
    ratio=RatioPart(0.2, 0.2043, 0.31),
    advice=(Said("hold_out_kept"), Said("unspent")),
    ledger=LedgerPart({"delivered": 13571, "bounced": 151, "failed": 3, "unknown": 4, "suppressed": 4142, "handed": 17},
                      17888, 17888, 3084.6, 3084.6),
    decisions=(
        DecisionPart("7", ("9 折", "Friendly", "email", "09:00"), 0.62, Said("highest_expected")),
        DecisionPart("19", (), 0.81, Said("not_worth")),
        DecisionPart("23", ("No offer", "Plain", "email", "09:00"), 0.07, Said("explore")),
        DecisionPart("31", ("9 折", "Friendly", "email", "09:00"), 0.55, Said("ghost")),
    ),
    oracle=520.0,
)  # fmt: skip

UNPROVEN = replace(
    DATA,
    rounds=(
        ROUNDS[0],
        *(replace(each, estimate=e, proven_at_least=p, personalisation="not proven") for each, e, p in UNSURE),
    ),
    status="futile",
    reason=Said("chance_of_goal"),
    goal=replace(DATA.goal, verdict="not proven", estimate=41.0, proven_at_least=-52.0, interval=(-52.0, 134.0)),
    incremental_revenue_interval=(-900.0, 4000.0),
)
STARTING = ReportData(
    company="Corner Shop",
    currency="CNY",
    campaign="Spring",
    status="running",
    made_at=day(3),
    started_at=day(2),
    goal=GoalPart("conversions", 300, missing={"conversions_withheld": 41.0, "withheld": 120.0}),
    rounds=ROUNDS[:1],
)
DRAFT = ReportData("Corner Shop", "EUR", "Draft", "draft", GoalPart("revenue", 10000.0), day(2))
EXAMPLES = {"proven": DATA, "unproven": UNPROVEN, "starting": STARTING, "draft": DRAFT}
