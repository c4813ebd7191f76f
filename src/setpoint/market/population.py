"""The customers of a market: who they are and what they bought before it opened."""

from __future__ import annotations

import csv
import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from setpoint.kernel.errors import Invalid, Unavailable
from setpoint.kernel.randomness import uniforms
from setpoint.market.world import World

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.str_]

FIRST_NAMES = {
    "en": (
        "Alice",
        "Ben",
        "Clara",
        "David",
        "Emma",
        "Felix",
        "Grace",
        "Henry",
        "Iris",
        "Jack",
        "Kate",
        "Liam",
        "Mia",
        "Noah",
        "Olivia",
        "Paul",
    ),
    "zh": ("伟", "芳", "娜", "敏", "静", "强", "磊", "洋", "艳", "勇", "军", "杰", "娟", "涛", "超", "霞"),
}


@dataclass(frozen=True, slots=True)
class Purchases:
    """Purchases before the start, oldest first. `customer` is a position; `days_before` 1 = the day before `start`."""

    customer: Ints
    days_before: Ints
    amount: Floats


@dataclass(frozen=True, slots=True)
class Population:
    """n customers; every array has n entries. `keys` are stable under sampling and key all randomness."""

    keys: Ints
    user_ids: Words
    emails: Words  # "" = has none
    first_names: Words
    languages: Words
    timezones: Words
    consent: npt.NDArray[np.bool_]
    traits: Mapping[str, npt.NDArray[Any]]  # as declared, untransformed
    standard: Mapping[str, Floats]  # z-scores by term ("age", "plan=gold"), cut at -3 and 3
    purchases: Purchases

    @property
    def size(self) -> int:
        """Number of customers."""
        return len(self.keys)


@dataclass(frozen=True, slots=True)
class _Raw:
    """What a source gives before traits are drawn. `columns` are extra columns of a file, as text."""

    user_ids: Words
    customer: Ints
    days_before: Ints
    amount: Floats
    columns: Mapping[str, Sequence[str]]


def make_population(world: World, seed: int) -> Population:
    """The customers of a world; the same seed gives the same people."""
    settings = world.population
    raw = {"cdnow": _cdnow, "file": _file, "generator": _generated}[settings["kind"]](world, seed)
    keys = _sample(len(raw.user_ids), settings, seed)
    purchases = _purchases_of(keys, raw)
    columns = {name: np.asarray(values)[keys] for name, values in raw.columns.items()}
    languages = _column_or(columns, "language", lambda: _levels(settings["languages"], keys, seed, "language"))
    timezones = _column_or(columns, "timezone", lambda: _levels(settings["timezones"], keys, seed, "timezone"))
    traits = {name: _draw(name, trait, keys, seed, purchases, columns) for name, trait in settings["traits"].items()}
    terms = {**traits, "language": languages, "timezone": timezones}
    return Population(
        keys=keys,
        user_ids=raw.user_ids[keys],
        emails=_emails(settings, raw.user_ids[keys], keys, seed, columns),
        first_names=_first_names(languages, keys, seed, columns),
        languages=languages,
        timezones=timezones,
        consent=_consent(settings, keys, seed, columns),
        traits=traits,
        standard=_standardise(terms, settings["traits"]),
        purchases=purchases,
    )


def write_population(world: World, seed: int, directory: Path) -> tuple[Path, Path]:
    """Write customers.csv and purchases.csv as a company would export them; returns both paths."""
    people = make_population(world, seed)
    directory.mkdir(parents=True, exist_ok=True)
    return _write_customers(world, people, directory / "customers.csv"), _write_purchases(
        world, people, directory / "purchases.csv"
    )


def _write_customers(world: World, people: Population, path: Path) -> Path:
    columns = _exported_columns(world, people)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


def _exported_columns(world: World, people: Population) -> dict[str, Any]:
    consent = np.where(people.consent, "yes", "no")
    columns: dict[str, Any] = {
        "user_id": people.user_ids, "email": people.emails, "first_name": people.first_names,
        "language": people.languages, "timezone": people.timezones, "consent_email": consent,
    }  # fmt: skip
    if any(channel["name"] == "webhook" for channel in world.actions["channels"]):
        columns |= {"webhook": people.user_ids, "consent_webhook": consent}
    for name, trait in world.population["traits"].items():
        if trait["exported"] and trait["kind"] != "derived":
            columns[name] = _as_text(people.traits[name])
    return columns


def _as_text(values: npt.NDArray[Any]) -> list[str]:
    return [f"{value:g}" for value in values] if values.dtype.kind == "f" else [str(value) for value in values]


def _write_purchases(world: World, people: Population, path: Path) -> Path:
    first, bought = world.start.date(), people.purchases
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["user_id", "date", "amount", "order_id"])
        for number, (who, before, amount) in enumerate(
            zip(bought.customer, bought.days_before, bought.amount, strict=True)
        ):
            writer.writerow(
                [people.user_ids[who], first - timedelta(days=int(before)), f"{amount:.2f}", f"past-{number + 1}"]
            )
    return path


def _sample(available: int, settings: Mapping[str, Any], seed: int) -> Ints:
    wanted = settings.get("size", available)
    if wanted >= available:
        return np.arange(available)
    order = np.argsort(uniforms(np.arange(available), seed, "sample"), kind="stable")
    return np.sort(order[:wanted])


def _purchases_of(keys: Ints, raw: _Raw) -> Purchases:
    position = np.full(len(raw.user_ids), -1)
    position[keys] = np.arange(len(keys))
    kept = position[raw.customer] >= 0
    customer, before, amount = position[raw.customer][kept], raw.days_before[kept], raw.amount[kept]
    order = np.lexsort((customer, -before))
    return Purchases(customer[order], before[order], amount[order])


def _cdnow(world: World, seed: int) -> _Raw:
    found = importlib.util.find_spec("lifetimes")  # for its data file alone: the package itself is never imported
    if found is None or not found.submodule_search_locations:
        raise Unavailable(
            "The CDNOW customers come with the package lifetimes, which is not installed.",
            remedy="Install setpoint[demo].",
        )
    path = Path(next(iter(found.submodule_search_locations))) / "datasets" / "CDNOW_master.txt"
    rows = [line.split() for line in path.read_text(encoding="ascii").splitlines()[1:] if line.strip()]
    ids, customer = np.unique(np.array([row[0] for row in rows]), return_inverse=True)
    days = np.array([date.fromisoformat(f"{d[:4]}-{d[4:6]}-{d[6:]}").toordinal() for _, d, *_ in rows])
    user_ids = np.char.add("cdnow-", ids)
    return _Raw(user_ids, customer, days.max() - days + 1, np.array([float(row[3]) for row in rows]), {})


def _generated(world: World, seed: int) -> _Raw:
    size, history = world.population["size"], world.population["history"]
    ids = np.arange(size)
    rate = (
        stats.gamma.ppf(uniforms(ids, seed, "history rate"), history["shape"])
        / history["shape"]
        * history["mean_purchases"]
    )
    counts = stats.poisson.ppf(uniforms(ids, seed, "history count"), np.maximum(rate, 1e-12)).astype(np.int64)
    customer = np.repeat(ids, counts)
    nth = np.arange(len(customer))
    before = 1 + (uniforms(nth, seed, "history day") * history["days"]).astype(np.int64)
    sigma = history["value_sigma"]
    amount = history["value_mean"] * np.exp(
        sigma * stats.norm.ppf(uniforms(nth, seed, "history amount")) - sigma**2 / 2
    )
    return _Raw(np.array([f"c{number + 1:06d}" for number in ids]), customer, before, np.round(amount, 2), {})


def _file(world: World, seed: int) -> _Raw:
    settings = world.population
    people = _read_csv(world.folder / settings["customers"], ("user_id",))
    user_ids = [row["user_id"] for row in people]
    position = {name: number for number, name in enumerate(user_ids)}
    if len(position) < len(user_ids):
        raise Invalid(f"{settings['customers']} names a user_id twice.", remedy="Keep one row a customer.")
    columns = {name: [row[name] or "" for row in people] for name in people[0] if name != "user_id"}
    rows = (
        _read_csv(world.folder / settings["purchases"], ("user_id", "date", "amount"))
        if "purchases" in settings
        else []
    )
    try:
        known = [
            (position[row["user_id"]], date.fromisoformat(row["date"][:10]).toordinal(), float(row["amount"]))
            for row in rows
        ]
    except (KeyError, ValueError) as error:
        raise Invalid(
            f"{settings['purchases']} has a row that cannot be read: {error}.",
            remedy="Use known user_ids, ISO dates and plain numbers.",
        ) from None
    customer, days, amount = (np.array(column) for column in zip(*known, strict=True)) if known else (np.zeros(0),) * 3
    start = world.start.date().toordinal()
    if len(days) and days.max() >= start:
        raise Invalid(
            f"{settings['purchases']} has purchases on or after the start.", remedy="Move `start`, or leave them out."
        )
    return _Raw(
        np.array(user_ids), customer.astype(np.int64), (start - days).astype(np.int64), amount.astype(float), columns
    )


def _read_csv(path: Path, needed: tuple[str, ...]) -> list[dict[str, str]]:
    if not path.is_file():
        raise Invalid(f"There is no file {path}.", remedy="Give a path relative to the world file.")
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    missing = [name for name in needed if not rows or name not in rows[0]]
    if missing:
        raise Invalid(f"{path.name} has no rows or no column {missing[0]}.", remedy=f"It needs: {', '.join(needed)}.")
    return rows


def _column_or(columns: Mapping[str, Words], name: str, draw: Any) -> Words:
    drawn: Words = draw()
    return np.where(columns[name] != "", columns[name], drawn) if name in columns else drawn


def _levels(weights: Mapping[str, float], keys: Ints, seed: int, purpose: str) -> Words:
    edges = np.cumsum(list(weights.values())) / sum(weights.values())
    chosen = np.searchsorted(edges[:-1], uniforms(keys, seed, purpose), side="right")
    return np.array(list(weights))[chosen]


def _emails(settings: Mapping[str, Any], user_ids: Words, keys: Ints, seed: int, columns: Mapping[str, Words]) -> Words:
    if "email" in columns:
        return np.char.lower(columns["email"])
    made = np.char.add(np.char.lower(user_ids), f"@{settings['email_domain']}")
    return np.where(uniforms(keys, seed, "has email") < settings["email_share"], made, "")


def _consent(settings: Mapping[str, Any], keys: Ints, seed: int, columns: Mapping[str, Words]) -> npt.NDArray[np.bool_]:
    if "consent_email" in columns:
        return np.isin(np.char.lower(columns["consent_email"]), ("yes", "true", "1"))
    return np.asarray(uniforms(keys, seed, "consent") < settings["consent_share"])


def _first_names(languages: Words, keys: Ints, seed: int, columns: Mapping[str, Words]) -> Words:
    if "first_name" in columns:
        return columns["first_name"]
    pick = (uniforms(keys, seed, "first name") * len(FIRST_NAMES["en"])).astype(int)
    chinese = np.char.startswith(languages, "zh")
    names: Words = np.where(chinese, np.array(FIRST_NAMES["zh"])[pick], np.array(FIRST_NAMES["en"])[pick])
    return names


def _draw(
    name: str, trait: Mapping[str, Any], keys: Ints, seed: int, bought: Purchases, columns: Mapping[str, Words]
) -> npt.NDArray[Any]:
    kind = trait["kind"]
    if kind == "choice":
        return _levels(trait["weights"], keys, seed, f"trait {name}")
    if kind == "derived":
        return _derived(trait["from"], len(keys), bought)
    if kind == "column":
        return _column(trait.get("column", name), columns)
    u = np.clip(uniforms(keys, seed, f"trait {name}"), 1e-12, 1 - 1e-12)
    drawn = np.asarray(_quantile(kind, trait, u), dtype=np.float64)
    return np.round(np.clip(drawn, trait.get("min", -np.inf), trait.get("max", np.inf)), trait["decimals"])


def _quantile(kind: str, trait: Mapping[str, Any], u: Floats) -> Any:
    if kind == "normal":
        return trait["mean"] + trait["sd"] * stats.norm.ppf(u)
    if kind == "uniform":
        return trait["low"] + (trait["high"] - trait["low"]) * u
    if kind == "bernoulli":
        return u < trait["share"]
    if kind == "poisson":
        return stats.poisson.ppf(u, trait["mean"])
    sigma = trait["sigma"]
    return trait["mean"] * np.exp(sigma * stats.norm.ppf(u) - sigma**2 / 2)


def _derived(what: str, size: int, bought: Purchases) -> Floats:
    count = np.bincount(bought.customer, minlength=size).astype(float)
    if what == "frequency":
        return count
    if what == "monetary":
        total = np.bincount(bought.customer, weights=bought.amount, minlength=size)
        return np.asarray(total / np.maximum(count, 1), dtype=np.float64)
    last = np.full(size, float(bought.days_before.max(initial=1)))
    np.minimum.at(last, bought.customer, bought.days_before.astype(float))
    return last


def _column(name: str, columns: Mapping[str, Words]) -> npt.NDArray[Any]:
    if name not in columns:
        raise Invalid(f"The customers file has no column {name!r}.", remedy=f"Known: {', '.join(columns)}.")
    try:
        return columns[name].astype(np.float64)
    except ValueError:
        return columns[name]


def _standardise(traits: Mapping[str, npt.NDArray[Any]], declared: Mapping[str, Any]) -> dict[str, Floats]:
    standard: dict[str, Floats] = {}
    for name, values in traits.items():
        if values.dtype.kind in "US":
            standard |= {f"{name}={level}": _z_scores((values == level).astype(float)) for level in np.unique(values)}
        else:
            logged = declared[name]["transform"] == "log1p"
            standard[name] = _z_scores(np.log1p(np.maximum(values, 0)) if logged else values)
    return standard


def _z_scores(values: Floats) -> Floats:
    spread = values.std()
    return np.clip((values - values.mean()) / spread, -3, 3) if spread > 0 else np.zeros(len(values))
