"""Where to start a campaign from, by kind of business: a goal, a rhythm, guardrails, offers and texts to think of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Language = Literal["en", "zh"]
Words = Mapping[Language, str]
Business = Literal["e-commerce", "social", "content", "game"]
Design = Literal["newsletter", "offer", "win_back", "reminder", "new_content", "game_event"]


@dataclass(frozen=True, slots=True)
class SampleOffer:
    """An offer to think of. Money in the main unit, percent in whole percent; `cap` is the most that one may cost."""

    name: Words
    kind: Literal["none", "amount", "percent"]
    value: float = 0.0
    cap: float = 0.0
    valid_days: int = 7


@dataclass(frozen=True, slots=True)
class SampleText:
    """A wording to think of, and the starter design that it fits."""

    name: Words
    subject: Words
    design: Design


@dataclass(frozen=True, slots=True)
class Preset:
    """A start: the fields of a specification that it sets, how long it runs, and what to offer and say."""

    key: str
    business: Business
    name: Words
    about: Words
    days: int
    spec: Mapping[str, Any]
    offers: tuple[SampleOffer, ...] = ()
    texts: tuple[SampleText, ...] = ()
    advice: Words = field(default_factory=dict)


def presets() -> tuple[Preset, ...]:
    """All presets, in the order in which they are shown."""
    return PRESETS


def _spec(metric: str, event: str, *, cadence: int = 7, slots: tuple[str, ...] = ("10:00",), **more: Any) -> Any:
    goal = {"metric": metric, "event": event, "incremental": True, **more.pop("goal", {})}
    return {"goal": goal, "cadence_days": cadence, "window_days": cadence, "actions": {"slots": list(slots)}, **more}


def _once_in(days: int, messages: int = 1) -> dict[str, Any]:
    return {"per_customer": {"messages": messages, "window_days": days, "money": None}}


FIVE_OFF = SampleOffer({"en": "5 off", "zh": "立减 5"}, "amount", 5.0)
TEN_PERCENT = SampleOffer({"en": "10 % off", "zh": "九折"}, "percent", 10.0, 10.0)
NO_OFFER = SampleOffer({"en": "No offer", "zh": "不带优惠"}, "none")

PRESETS: tuple[Preset, ...] = (
    Preset(
        key="more_orders",
        business="e-commerce",
        name={"en": "More orders from those you have", "zh": "让老客户多下单"},
        about={
            "en": "Orders beyond those that come anyway, within a budget. Messages with and without an offer compete.",
            "zh": "在预算之内，带来本来不会有的订单。带优惠与不带优惠的消息同台比较。",
        },
        days=56,
        spec=_spec("conversions", "Order Completed", slots=("10:00", "19:00"), limits=_once_in(7)),
        offers=(NO_OFFER, FIVE_OFF, TEN_PERCENT),
        texts=(
            SampleText(
                {"en": "Plain news", "zh": "新品速递"},
                {"en": "New in this week", "zh": "本周上新"},
                "newsletter",
            ),
            SampleText(
                {"en": "Something for you", "zh": "给你的一点心意"},
                {"en": "{{ offer.text }}, for you, until Sunday", "zh": "{{ offer.text }}，周日之前有效"},
                "offer",
            ),
        ),
        advice={
            "en": "Keep one action without an offer: often the message alone does most of the work.",
            "zh": "保留一个不带优惠的动作：很多时候，光是提醒就已经足够。",
        },
    ),
    Preset(
        key="win_back",
        business="e-commerce",
        name={"en": "Win back those who left", "zh": "唤回沉睡客户"},
        about={
            "en": "Customers without an order for half a year, back to a first new one.",
            "zh": "让半年没有下单的客户重新下单。",
        },
        days=84,
        spec=_spec(
            "reactivated",
            "Order Completed",
            cadence=14,
            goal={"dormant_days": 180},
            limits=_once_in(14),
            ghost_share=0.25,
        ),
        offers=(NO_OFFER, TEN_PERCENT),
        texts=(
            SampleText(
                {"en": "We miss you", "zh": "好久不见"},
                {"en": "It has been a while", "zh": "好久不见，最近还好吗"},
                "win_back",
            ),
        ),
        advice={
            "en": "Few come back by themselves, so the proof needs many customers or a long campaign.",
            "zh": "自己回来的客户很少，因此要证明效果，需要更多的人或更长的时间。",
        },
    ),
    Preset(
        key="active_again",
        business="social",
        name={"en": "Bring members back into the conversation", "zh": "让成员重新活跃起来"},
        about={
            "en": "More people who post, answer or react within a week, at hardly any cost but attention.",
            "zh": "让更多人在一周内发帖、回复或点赞，花费很少，但要珍惜大家的注意力。",
        },
        days=42,
        spec=_spec(
            "conversions",
            "Post Created",
            slots=("12:00", "20:00"),
            limits=_once_in(7, 2),
            guardrails={"unsubscribe_rate": 0.01, "complaint_rate": 0.002},
        ),
        offers=(NO_OFFER,),
        texts=(
            SampleText(
                {"en": "What you missed", "zh": "你错过的精彩"},
                {"en": "Three conversations you may like", "zh": "有三个话题，你可能感兴趣"},
                "newsletter",
            ),
        ),
        advice={
            "en": "The guardrail for unsubscribes is tighter here: attention is what you spend.",
            "zh": "这里的退订护栏更严：你花掉的是大家的注意力。",
        },
    ),
    Preset(
        key="readers",
        business="content",
        name={"en": "Readers who come back", "zh": "让读者常回来看"},
        about={
            "en": "More people who finish an article or an episode in the week after a message.",
            "zh": "让更多人在收到消息后的一周内看完一篇文章或一集节目。",
        },
        days=42,
        spec=_spec("conversions", "Content Completed", slots=("07:30", "18:00"), limits=_once_in(7, 2)),
        offers=(NO_OFFER,),
        texts=(
            SampleText(
                {"en": "Picked for you", "zh": "为你挑选"},
                {"en": "Picked for you this week", "zh": "本周为你挑选"},
                "new_content",
            ),
        ),
        advice={
            "en": "Morning and evening compete: let the campaign find out when people read.",
            "zh": "早晚两个时段同时比较，让系统自己找出大家什么时候看。",
        },
    ),
    Preset(
        key="subscribers",
        business="content",
        name={"en": "From reader to subscriber", "zh": "从读者到订阅者"},
        about={
            "en": "More paid subscriptions than would start by themselves.",
            "zh": "带来本来不会有的付费订阅。",
        },
        days=84,
        spec=_spec(
            "conversions",
            "Subscription Started",
            cadence=14,
            slots=("18:00",),
            limits=_once_in(14),
            ghost_share=0.25,
        ),
        offers=(NO_OFFER, SampleOffer({"en": "First month half", "zh": "首月半价"}, "percent", 50.0, 10.0, 14)),
        texts=(
            SampleText(
                {"en": "Read on", "zh": "继续阅读"},
                {"en": "{{ offer.text }}: read everything", "zh": "{{ offer.text }}：畅读全部内容"},
                "offer",
            ),
        ),
        advice={
            "en": "Subscriptions are rare events: look at what can be proven before you set the target.",
            "zh": "订阅是少见的事件：设定目标之前，先看看能证明到什么程度。",
        },
    ),
    Preset(
        key="players",
        business="game",
        name={"en": "Players back in the game", "zh": "让玩家重返游戏"},
        about={
            "en": "Players who stopped for two weeks start a session again.",
            "zh": "让两周没有登录的玩家重新上线。",
        },
        days=28,
        spec=_spec(
            "reactivated",
            "Session Started",
            cadence=3,
            slots=("18:30", "21:00"),
            goal={"dormant_days": 14},
            limits=_once_in(7, 2),
        ),
        offers=(NO_OFFER,),
        texts=(
            SampleText(
                {"en": "Event opens", "zh": "活动开启"},
                {"en": "A new event is open", "zh": "新活动已经开启"},
                "game_event",
            ),
        ),
        advice={
            "en": "Rounds of three days learn fast; purchases in the game need a longer window.",
            "zh": "三天一轮，学得快；如果目标是付费，请用更长的窗口。",
        },
    ),
    Preset(
        key="first_purchase",
        business="game",
        name={"en": "First purchase in the game", "zh": "游戏内首次付费"},
        about={
            "en": "Revenue from players beyond what they would have spent anyway.",
            "zh": "带来玩家本来不会有的付费收入。",
        },
        days=56,
        spec=_spec("revenue", "Purchase Completed", slots=("19:30",), limits=_once_in(7)),
        offers=(NO_OFFER, SampleOffer({"en": "Starter pack 20 % off", "zh": "新手礼包八折"}, "percent", 20.0, 5.0)),
        texts=(
            SampleText(
                {"en": "Starter pack", "zh": "新手礼包"},
                {"en": "Your starter pack waits", "zh": "你的新手礼包还在等你"},
                "game_event",
            ),
        ),
        advice={
            "en": "A few big spenders make revenue noisy: a goal that counts purchases is proven sooner.",
            "zh": "少数大额付费会让收入波动很大：如果目标改为付费次数，能更早得到证明。",
        },
    ),
)
