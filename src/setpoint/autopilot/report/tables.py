"""The report's tables and lists: limits, funnel, actions, rounds, people, comparison."""

from __future__ import annotations

from collections.abc import Iterator

from setpoint.autopilot.report.figures import noun, unit
from setpoint.autopilot.report.parts import NEAR_LIMIT, Bar, Step, Table, Tone, Turn
from setpoint.autopilot.report.telling import Teller
from setpoint.autopilot.report.types import BaselinePart, LimitLine, ReportData, RoundPart

_USED_UP = 0.999
_FUNNEL = (
    "decided", "none", "held_out", "ghost", "planned", "sent", "delivered", "bounced", "failed", "unknown",
    "opened_human", "opened_machine", "clicked_human", "clicked_machine", "converted", "redeemed", "unsubscribed",
    "complained",
)  # fmt: skip
_ALWAYS_SHOWN = frozenset({"decided", "held_out", "ghost", "sent", "opened_human", "clicked_human", "converted"})
_OF_DECIDED = frozenset({"decided", "none", "held_out", "ghost", "planned"})


def bar(line: LimitLine, data: ReportData, tell: Teller) -> Bar:
    """One limit as a bar: shares committed and reserved of the limit, at most whole."""
    base = max(line.limit, 1e-9)
    committed, reserved = min(line.committed / base, 1.0), min(line.reserved / base, 1.0)
    told = {
        name: tell.resource(getattr(line, name), line.resource) for name in ("committed", "reserved", "left", "limit")
    }
    used = committed + reserved
    sentence = tell.words("limit.line", **told)
    tone: Tone = "neutral"
    if used >= NEAR_LIMIT:
        tone = "attention"
        sentence += f" ({tell.words('limit.full' if used >= _USED_UP else 'limit.near')})"
    label = f"{scope_name(line.scope, tell)} · {tell.known(f'resource.{line.resource}', line.resource)}"
    return Bar(label, sentence, committed, min(reserved, 1 - committed), tone, _price(line, data, tell))


def scope_name(scope: str, tell: Teller) -> str:
    """The name of a limit's scope in words."""
    kind, _colon, name = scope.partition(":")
    return tell.words("scope.channel", name=name) if kind == "channel" else tell.known(f"scope.{kind}", scope)


def _price(line: LimitLine, data: ReportData, tell: Teller) -> str:
    """The shadow price in words; silent where the limit does not bind."""
    prices = data.rounds[-1].shadow_prices if data.rounds else {}
    name = line.resource if line.scope == "campaign" else f"{line.scope}:{line.resource}"
    per_unit = prices.get(name, 0.0)
    step = {"money": 100.0, "messages": 100.0}.get(line.resource, 1.0)
    if per_unit <= 0 or line.resource not in ("money", "messages", "time"):
        return ""
    gain = tell.amount(per_unit * step, data.goal.metric)
    return tell.words(f"price.{line.resource}", money=tell.money(step), gain=gain, unit=unit(data, tell))


def funnel(data: ReportData, tell: Teller) -> Iterator[Step]:
    """From decisions to orders: each step with its count and what it means."""
    funnel = data.funnel
    for name in _FUNNEL:
        value = getattr(funnel, name)
        if value or name in _ALWAYS_SHOWN:
            base = funnel.decided if name in _OF_DECIDED else funnel.sent
            yield _step(tell.words(f"funnel.{name}"), value, base, tell, tell.known(f"hover.funnel.{name}", ""))
    for reason, count in sorted(funnel.suppressed.items(), key=lambda pair: -pair[1]):
        if reason not in ("ghost", "held_out"):
            label = tell.words("funnel.suppressed", reason=_reason(reason, tell))
            yield _step(label, count, funnel.decided, tell, reason)


def _step(label: str, value: int, base: int, tell: Teller, title: str) -> Step:
    share = value / base if base else 0.0
    return Step(label, tell.count(value), min(share, 1.0), tell.share(share) if base else "", title)


def _reason(code: str, tell: Teller) -> str:
    known = tell.known(f"reason.{code}", "")
    return known or tell.known(f"reason.{code.partition(':')[0]}", code.replace("_", " "))


def labels_of(labels: tuple[str, ...], tell: Teller) -> str:
    """An action's name: its parts, or "no message"."""
    return " · ".join(labels) or tell.words("action.none")


def actions(data: ReportData, tell: Teller) -> Table:
    """The best actions with sends, conversion rate, posterior effect and share."""
    heads = tuple(tell.words(f"col.{name}") for name in ("action", "sends", "rate", "effect", "interval", "share"))
    rows = []
    for action in sorted(data.actions, key=lambda each: -(each.mean or 0.0)):
        span = (
            "–"
            if action.low is None or action.high is None
            else tell.words("to", low=tell.count(1000 * action.low), high=tell.count(1000 * action.high))
        )
        rate = tell.share(action.conversions / action.sends) if action.sends else "–"
        effect = "–" if action.mean is None else tell.count(1000 * action.mean)
        name = labels_of(action.labels, tell)
        rows.append((name, tell.count(action.sends), rate, effect, span, tell.share(action.share)))
    return Table(heads, tuple(rows))


def personalisation(data: ReportData, tell: Teller) -> str:
    """Whether choosing by customer has proven to pay, as of the last round that could tell."""
    last = next((each.personalisation for each in reversed(data.rounds) if each.personalisation), "")
    return tell.known(f"personalisation.{last}", "") if last else ""


def rounds(data: ReportData, tell: Teller) -> Table:
    """One row a round: when, whom, how many, cost, and both numbers so far."""
    names = ("round", "when", "audience", "sends", "held_back", "cost", "estimate", "proven")
    metric = data.goal.metric
    rows = [
        (
            str(each.number),
            tell.day(each.started_at),
            tell.count(each.audience),
            tell.count(each.sent),
            tell.count(each.held_back),
            tell.money(each.cost),
            tell.amount(each.estimate, metric),
            tell.proven(each.proven_at_least, metric) if (each.proven_at_least or 0) > 0 else "–",
        )
        for each in data.rounds
    ]
    return Table(tuple(tell.words(f"col.{name}") for name in names), tuple(rows), frozenset({0, 1}))


def turn(part: RoundPart, data: ReportData, tell: Teller) -> Turn:
    """One round as a story: what was done, forecast and concluded."""
    sentences = [
        tell.words(
            "round.sentence",
            sent=tell.count(part.sent),
            held_back=tell.count(part.held_back),
            cost=tell.money(part.cost),
        )
    ]
    if part.forecast_effect is not None:
        effect = tell.amount(part.forecast_effect, data.goal.metric)
        cost = tell.money(part.forecast_cost)
        sentences.append(tell.words("round.forecast", effect=effect, cost=cost, unit=unit(data, tell)))
    if part.personalisation:
        sentences.append(tell.known(f"personalisation.{part.personalisation}", part.personalisation))
    if part.gap is not None:
        sentences.append(tell.words("round.gap", share=tell.share(part.gap)))
    sentences += [tell.said(note) for note in part.notes]
    if part.conclusion is not None:
        sentences.append(tell.said(part.conclusion))
    return Turn(tell.words("chart.round", number=str(part.number)), tell.day(part.started_at), tuple(sentences))


def people(data: ReportData, tell: Teller) -> Table:
    """A sample of single decisions with their reasons."""
    heads = tuple(tell.words(f"col.{name}") for name in ("customer", "chosen", "probability", "reason"))
    rows = tuple(
        (each.customer, labels_of(each.chosen, tell), tell.share(each.probability), tell.said(each.reason))
        for each in data.decisions
    )
    return Table(heads, rows, frozenset({0, 1, 3}))


def segments(data: ReportData, tell: Teller) -> Table:
    """How many customers were in each group before and after."""
    heads = tuple(tell.words(f"col.{name}") for name in ("segment", "before", "after", "change"))
    before, after = data.segments_before, data.segments_after
    rows = []
    for name in sorted({*before, *after}, key=lambda each: -before.get(each, 0)):
        old, new = before.get(name, 0), after.get(name)
        change = "–" if new is None else ("+" if new > old else "") + tell.count(new - old)
        label = tell.known(f"segment.{name}", name.replace("_", " ").capitalize())
        rows.append((label, tell.count(old), tell.count(new), change))
    return Table(heads, tuple(rows))


def baseline(data: ReportData, tell: Teller) -> Table:
    """This campaign beside another way of running it; empty without one."""
    other, goal = data.baseline, data.goal
    if other is None:
        return Table((), ())
    pairs = (
        (
            tell.words("row.extra", noun=noun(data, tell)),
            *(tell.amount(x, goal.metric) for x in (goal.estimate, other.estimate)),
        ),
        (
            tell.words("row.proven"),
            *(tell.proven(x, goal.metric) for x in (goal.proven_at_least, other.proven_at_least)),
        ),
        (tell.words("row.money"), tell.money(data.spend.money), tell.money(other.money)),
        (tell.words("row.messages"), tell.count(data.spend.messages), tell.count(other.messages)),
        (
            tell.words("row.per_money"),
            tell.exact_money(data.cost_per_incremental),
            tell.exact_money(other.cost_per_incremental),
        ),
        (tell.words("row.rounds"), str(len(data.rounds)), str(other.rounds)),
    )
    return Table((tell.words("col.number"), tell.words("col.this"), _name_of(other, tell)), pairs)


def _name_of(other: BaselinePart, tell: Teller) -> str:
    return tell.known(f"baseline.name.{other.name}", other.name)


def baseline_sentence(data: ReportData, tell: Teller) -> str:
    """The comparison in one sentence; empty without one."""
    other = data.baseline
    if other is None:
        return ""
    ours, theirs = data.cost_per_incremental, other.cost_per_incremental
    if not ours or not theirs or ours < 0 or theirs < 0:
        return tell.words("baseline.cannot")
    return tell.words(
        "baseline.better", times=f"{theirs / ours:.1f}", noun=noun(data, tell), name=_name_of(other, tell)
    )
