"""One round of all futures: how many messages the limits leave room for, which actions, and what comes of them."""

from __future__ import annotations

import numpy as np

from setpoint.autopilot.futures.types import Bools, Floats, Ints
from setpoint.autopilot.futures.world import World
from setpoint.autopilot.pacing import EVEN_SHARES, FLOWING, OPTIMISM, PROOF_MARGIN, missing_for_proof
from setpoint.learning.exploring import ENOUGH_EVENTS

DRAWS = 8
HALF = 0.5
_EXPONENTS = (0.0, 0.25, 0.5, 0.75, 1.0)


def send(world: World, number: int, active: Bools) -> Ints:
    """One round's messages; which limit bound each future (an index into BOUNDS)."""
    world.aside -= world.free_at.pop(number, np.zeros(len(world.aside)))
    need = _need(world, number)
    shares, willing = _shares(world, number, need)
    rooms = np.stack([_people(world, willing), *_rooms(world, number, shares, need), _enough(world, shares, need)])
    sends = np.where(active, np.maximum(0.0, rooms.min(axis=0)), 0.0)
    _account(world, number, shares * sends[:, None])
    return np.asarray(rooms.argmin(axis=0), dtype=np.int64)


def _people(world: World, willing: Floats) -> Floats:
    """Who may be sent something: reachable, no window open, below their own cap, not held back."""
    game = world.game
    waiting = world.lately(game.lag - 1)
    capped = np.zeros_like(waiting)
    if game.each_messages is not None:
        rounds = -(-game.each_days // game.cadence_days) - 1
        capped = world.lately(rounds) * (1 - game.held_back) / max(game.each_messages, 1e-9)
    left = np.maximum(0.0, game.reach_any - np.maximum(waiting, capped))
    return np.asarray(left * willing * (1 - game.held_back))


def _rooms(world: World, number: int, shares: Floats, need: Floats) -> list[Floats]:
    """Messages that each limit leaves room for this round."""
    game, left = world.game, world.game.rounds - number + 1
    even = min(1.0, EVEN_SHARES / left)
    flowing = bool((game.arms.lasts[game.arms.offers] <= 1).all())
    money = np.where(flowing & np.isfinite(need), FLOWING, even) * (game.money - world.committed - world.aside)
    sent = world.sent.sum(axis=1)
    free = np.full(len(sent), np.inf)
    messages = free if game.messages is None else even * (game.messages - sent)
    seconds = free if game.seconds is None else even * (game.seconds - world.seconds)
    quickest = np.maximum(shares @ game.arms.seconds, 1e-9)
    per_send = np.maximum(shares @ game.arms.aside, 1e-9)
    return [money / per_send, messages, seconds / quickest, _channels(world, shares, even)]


def _channels(world: World, shares: Floats, even: float) -> Floats:
    """Messages that the tightest channel leaves room for, by its reach and its own limits."""
    game = world.game
    room = np.full(len(shares), np.inf)
    for channel in range(len(game.reach)):
        on = game.arms.channel == channel
        part = np.maximum(shares[:, on].sum(axis=1), 1e-9)
        per_send = np.maximum(shares[:, on] @ game.arms.aside[on], 1e-9)
        reach = game.reach[channel] * (1 - game.held_back) / part if len(game.reach) > 1 else np.inf
        messages = even * (game.channel_messages[channel] - world.on_channel[:, channel]) / part
        money = even * (game.channel_money[channel] - world.money_on_channel[:, channel]) / per_send
        room = np.minimum(room, np.minimum(reach, np.minimum(messages, money)))
    return room


def _enough(world: World, shares: Floats, need: Floats) -> Floats:
    """Messages that are expected to bring what the round needs."""
    believed = np.maximum((shares * world.believed()[0]).sum(axis=1), 1e-9)
    return np.asarray(np.where(np.isfinite(need), need / believed, np.inf))


def _need(world: World, number: int) -> Floats:
    """Goal units that this round should bring; infinite while nothing has been read."""
    game = world.game
    if number == 1 or not world.has_reading.any():
        return np.full(len(world.base), np.inf)
    if game.incremental:
        sent = np.maximum(1.0, world.sent.sum(axis=1))
        variance = world.variance()
        gain = np.maximum((world.sent * world.believed()[0]).sum(axis=1) / sent, 1e-4 * world.base)
        boundary = np.full(len(sent), world.multiplier or PROOF_MARGIN)
        missing = missing_for_proof(
            world.target() - world.estimate_so_far(), variance, boundary, variance / sent / gain
        )
        usual = np.maximum(world.estimate_so_far() / np.maximum(1, world.readings), 1.0)
    else:
        missing = world.target() - world.goal_value()
        usual = np.maximum(world.truth / max(1, number - 1), 1.0)
    steps = np.minimum(np.ceil(np.maximum(missing, 0.0) / np.maximum(usual, 1e-9)), game.rounds - number + 1)
    return np.where(world.has_reading, np.maximum(0.0, OPTIMISM * missing / np.maximum(1, steps)), np.inf)


def _shares(world: World, number: int, need: Floats) -> tuple[Floats, Floats]:
    """(F, K) how the messages are spread over the actions, and the share of people worth a message."""
    spread = np.maximum(0.0, 1 - world.acting / ENOUGH_EVENTS) if number > 1 else np.ones(len(world.base))
    even = _balanced(world)
    if (spread >= 1).all():
        return np.broadcast_to(even, world.effect.shape), np.full(len(world.base), HALF)
    best, willing = _sampled(world, need)
    mix = spread[:, None]
    return mix * even + (1 - mix) * best, spread * HALF + (1 - spread) * willing


def _balanced(world: World) -> Floats:
    """(K,) the most even spread that costs hardly any messages against the cheapest, as exploring does."""
    game = world.game
    people = game.reach_any * HALF * (1 - game.held_back)
    money = game.money * min(1.0, EVEN_SHARES / game.rounds)
    cheapest = max(float(game.arms.aside.max()) / 1000, 1e-9)
    spreads = []
    for exponent in _EXPONENTS:
        weights = np.maximum(game.arms.aside, cheapest) ** -exponent
        shares = weights / weights.sum()
        spreads.append((shares, min(people, money / max(float(shares @ game.arms.aside), 1e-9))))
    return next(shares for shares, sends in spreads if sends >= 0.9 * spreads[-1][1])


def _sampled(world: World, need: Floats) -> tuple[Floats, Floats]:
    """Thompson sampling: how often each action is the best of a draw, and how often any is better than none."""
    mean, common, own = world.believed()
    futures, width = mean.shape
    rare = _money_is_rare(world)
    price = np.where(rare | np.isfinite(need), 1.0, 0.0)[:, None]
    cost = np.where(rare[:, None], world.game.arms.aside, _expected_cost(world))
    worth = 1 + price * (np.maximum(cost, 1e-9) / max(float(np.mean(cost)), 1e-9) - 1)
    best, willing = np.zeros((futures, width)), np.zeros(futures)
    rows = np.arange(futures)
    for _draw in range(DRAWS):
        drawn = mean + common[:, None] * world.random.standard_normal((futures, 1))
        drawn = drawn + own * world.random.standard_normal((futures, width))
        place = (drawn / worth).argmax(axis=1)
        good = drawn[rows, place] > 0
        best[rows, place] += good
        willing += good
    some = np.maximum(willing, 1)[:, None]
    return np.where(willing[:, None] > 0, best / some, 1 / width), np.maximum(willing / DRAWS, 0.01)


def _money_is_rare(world: World) -> Bools:
    """Whether not everybody can be given the dearest action."""
    left = world.game.money - world.committed - world.aside
    return np.asarray(left < world.game.reach_any * float(world.game.arms.aside.max()))


def _expected_cost(world: World) -> Floats:
    used = world.likely * world.uptake[:, None] * world.game.arms.redemption
    return np.asarray(world.game.arms.cost + used)


def _account(world: World, number: int, sends: Floats) -> None:
    """Costs, responses, and what the sends seem to have brought, with the noise of a finite number of people."""
    game, held = world.game, world.game.held_back
    total = sends.sum(axis=1)
    chosen = total / max(1 - held, 1e-9)
    fresh = np.exp(-world.tired * world.sent.sum(axis=1) / max(game.reach_any, 1.0))
    effect = world.effect * fresh[:, None]
    gained = (sends * effect).sum(axis=1)
    noise = np.sqrt(sends * world.own_square(effect)) * world.random.standard_normal(sends.shape)
    ratio = (1 - held) ** 2 / held if held > 0 else 0.0
    shared = np.sqrt(chosen * world.square * ratio) * world.random.standard_normal(len(total))
    part = sends / np.maximum(total, 1e-9)[:, None]
    world.gained += sends * effect + noise - part * shared[:, None]
    world.estimates.append(gained + noise.sum(axis=1) - shared)
    own = np.maximum(gained, 0.0) * game.square / max(game.value, 1e-12)
    world.variances.append(chosen * world.square * (1 - held) / max(held, 1e-9) + own)
    world.increments.append(gained)
    world.echo_noise.append(np.sqrt(world.variances[-1]) * world.random.standard_normal(len(gained)))
    _pay(world, number, sends, effect)
    _count(world, chosen, total, gained)


def _pay(world: World, number: int, sends: Floats, effect: Floats) -> None:
    game, arms = world.game, world.game.arms
    likely = np.clip(world.base[:, None] + effect, 0.0, None) / max(game.value, 1e-12)
    redeemed = sends * np.minimum(likely, 1.0) * world.uptake[:, None] * arms.redemption
    spent = sends * arms.cost + redeemed
    kept = np.maximum(0.0, sends * arms.aside - spent)
    world.committed += spent.sum(axis=1)
    world.aside += kept.sum(axis=1)
    for lasts in np.unique(arms.lasts):
        at = number + max(1, int(lasts))
        freed = kept[:, arms.lasts == lasts].sum(axis=1)
        world.free_at[at] = world.free_at.get(at, np.zeros(len(freed))) + freed
    world.seconds += sends @ arms.seconds
    for channel in range(len(game.reach)):
        on = arms.channel == channel
        world.on_channel[:, channel] += sends[:, on].sum(axis=1)
        world.money_on_channel[:, channel] += spent[:, on].sum(axis=1)
    world.sent = world.sent + sends


def _count(world: World, chosen: Floats, sent: Floats, gained: Floats) -> None:
    game = world.game
    rate = world.base / max(game.value, 1e-12)
    world.acting += sent * rate + np.maximum(gained, 0.0) / max(game.value, 1e-12)
    world.acting_withheld += chosen * game.held_back * rate
    anyway = game.audience * world.base
    noise = np.sqrt(game.audience * world.square) * world.random.standard_normal(len(sent))
    world.count += np.where(sent > 0, np.maximum(0.0, anyway + gained + noise), 0.0)
    world.truth += gained
    world.chosen.append(chosen)
