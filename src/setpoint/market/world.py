"""A world: a validated JSON file that says who the customers are, what messages truly do, and what to try on them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jsonschema import Draft202012Validator, validators

from setpoint.kernel.errors import Invalid, NotFound

HERE = Path(__file__).resolve().parent
WORLDS = HERE / "worlds"
DIMENSIONS = ("offers", "variants", "channels", "slots")
BUILT_IN_TRAITS = ("language", "timezone")
TAKEN = ("user_id", "email", "first_name", "consent_email", "webhook", "consent_webhook")


@dataclass(frozen=True, slots=True)
class World:
    """One world with every default filled in. `document` follows world.schema.json."""

    document: Mapping[str, Any]
    folder: Path

    @property
    def name(self) -> str:
        """Its short name."""
        return str(self.document["name"])

    @property
    def start(self) -> datetime:
        """The campaign's first moment, in UTC."""
        return datetime.fromisoformat(self.document["start"]).astimezone(UTC)

    @property
    def currency(self) -> str:
        """ISO 4217 code."""
        return str(self.document["currency"])

    @property
    def population(self) -> Mapping[str, Any]:
        """Section `population`."""
        return self._section("population")

    @property
    def behaviour(self) -> Mapping[str, Any]:
        """Section `behaviour`."""
        return self._section("behaviour")

    @property
    def actions(self) -> Mapping[str, Any]:
        """Section `actions`."""
        return self._section("actions")

    @property
    def brief(self) -> Mapping[str, Any]:
        """Section `brief`."""
        return self._section("brief")

    @property
    def days(self) -> float:
        """Days that the market can be played: the campaign, the last window, and the window after it."""
        behaviour, brief = self.behaviour, self.brief
        window = max(behaviour["horizon_days"], brief["window_days"])
        return float(brief["deadline_days"] + 2 * window + behaviour["pull_forward"]["days"] + 14)

    def _section(self, name: str) -> Mapping[str, Any]:
        section: Mapping[str, Any] = self.document[name]
        return section


def shipped() -> list[str]:
    """Names of the worlds that come with Setpoint."""
    return sorted(path.stem for path in WORLDS.glob("*.json"))


def load_world(source: str | Path) -> World:
    """The world in a file, or the shipped one of that name. Raises NotFound, or Invalid with field, cause, remedy."""
    path = _locate(source)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise Invalid(f"World {path.name} is not UTF-8: {error.reason}.", remedy="Save the file as UTF-8.") from None
    except json.JSONDecodeError as error:
        raise Invalid(
            f"World {path.name} is not JSON: {error.msg} in line {error.lineno}, column {error.colno}.",
            remedy="Correct that line.",
        ) from None
    return parse_world(document, folder=path.parent)


def parse_world(document: Any, *, folder: Path = WORLDS) -> World:
    """The world of a parsed JSON document. Raises Invalid with every problem in `details["problems"]`."""
    _refuse([_explain(error) for error in _by_place(_validator().iter_errors(document))])
    filled = json.loads(json.dumps(document))
    for _ in _filler()(schema()).iter_errors(filled):
        raise AssertionError("a default in world.schema.json breaks the schema")
    _derive(filled)
    _refuse(list(_cross_check(filled)))
    return World(filled, folder)


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of worlds."""
    document: dict[str, Any] = json.loads((HERE / "world.schema.json").read_text(encoding="utf-8"))
    return document


def _locate(source: str | Path) -> Path:
    path = Path(source)
    if path.is_file():
        return path
    inside = WORLDS / f"{source}.json"
    if path.suffix == "" and inside.is_file():
        return inside
    raise NotFound(f"There is no world {str(source)!r}.", remedy=f"Give a file, or one of: {', '.join(shipped())}.")


@cache
def _validator() -> Any:
    return Draft202012Validator(schema())


@cache
def _filler() -> Any:
    """A validator that also writes every absent default, as the jsonschema documentation shows."""
    check = Draft202012Validator.VALIDATORS["properties"]

    def fill(validator: Any, properties: Mapping[str, Any], instance: Any, whole: Any) -> Iterator[Any]:
        if isinstance(instance, dict) and "if" not in whole:
            for name, part in properties.items():
                if "default" in part:
                    instance.setdefault(name, json.loads(json.dumps(part["default"])))
        yield from check(validator, properties, instance, whole)

    return validators.extend(Draft202012Validator, {"properties": fill})


def _by_place(errors: Iterable[Any]) -> list[Any]:
    return sorted(errors, key=lambda error: [str(part) for part in error.absolute_path])


def _explain(error: Any) -> dict[str, str]:
    path = ".".join(str(part) for part in error.absolute_path) or "(top)"
    remedies: dict[str, Callable[[], str]] = {
        "required": lambda: f"Add it to {path}.",
        "additionalProperties": lambda: _known_fields(error),
        "enum": lambda: "Write one of: " + ", ".join(map(str, error.validator_value)) + ".",
        "type": lambda: f"Write a value of type {error.validator_value}.",
    }
    remedy = remedies.get(error.validator, lambda: "Change the value.")()
    meaning = error.schema.get("description", "") if isinstance(error.schema, dict) else ""
    return {"path": path, "cause": error.message, "remedy": f"{remedy} {meaning}".strip()}


def _known_fields(error: Any) -> str:
    known = sorted(error.schema.get("properties", {}))
    unknown = [name for name in error.instance if name not in known]
    near = [match for name in unknown for match in get_close_matches(name, known, 1)]
    return f"Did you mean {near[0]}?" if near else f"Known fields: {', '.join(known)}."


def _refuse(problems: list[dict[str, str]]) -> None:
    if not problems:
        return
    first = problems[0]
    more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
    raise Invalid(
        f"World is not valid at {first['path']}: {first['cause']}{more}",
        remedy=first["remedy"] or "See docs/worlds.md.",
        field=first["path"],
        details={"problems": problems},
    )


def _derive(world: dict[str, Any]) -> None:
    """Defaults that depend on other fields."""
    world.setdefault("title", {"en": world["name"]})
    world.setdefault("description", {"en": ""})
    for text in (world["title"], world["description"]):
        text.setdefault("zh", text["en"])
    for offer in world["actions"]["offers"]:
        if offer["kind"] != "none":
            offer.setdefault("code_prefix", offer["name"].upper())
            offer.setdefault("match", [offer["code_prefix"]])
        offer.setdefault("match", [])
    for variant in world["actions"]["variants"]:
        variant.setdefault("match", [variant["name"]])
    brief = world["brief"]
    for slot in world["actions"]["slots"]:
        brief["slots"].setdefault(slot["name"], f"{(int(slot['from'][:2]) + 1) % 24:02d}:{slot['from'][3:]}")
    for channel in world["actions"]["channels"]:
        brief["channel_costs"].setdefault(channel["name"], 0.01)
    for variant in world["actions"]["variants"]:
        template = brief["templates"].setdefault(variant["name"], _plain_template(variant["match"][0]))
        for part in (template["subject"], template["body"]):
            part.setdefault("zh", part["en"])


def _plain_template(mark: str) -> dict[str, Any]:
    body = "Hello {{ customer.first_name }},\n\n{{ offer.text }} {{ offer.code }}\n\n{landing}\n"
    return {
        "format": "text",
        "subject": {"en": mark},
        "body": {"en": body.replace("{landing}", "https://shop.example/")},
    }


def _problem(path: str, cause: str, remedy: str) -> dict[str, str]:
    return {"path": path, "cause": cause, "remedy": remedy}


def _cross_check(world: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """What a schema cannot say: references between fields."""
    yield from _check_moments(world)
    yield from _check_names(world)
    yield from _check_offers(world)
    yield from _check_traits(world)
    yield from _check_brief(world)


def _check_moments(world: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    try:
        aware = datetime.fromisoformat(world["start"]).tzinfo is not None
    except ValueError:
        aware = False
    if not aware:
        yield _problem(
            "start", f"{world['start']!r} is no date and time with offset.", "Write e.g. 2026-03-02T06:00:00+00:00."
        )
    for zone in world["population"]["timezones"]:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            yield _problem(
                f"population.timezones.{zone}", "No such time zone.", "Use an IANA name such as Asia/Shanghai."
            )


def _names(world: Mapping[str, Any], dimension: str) -> list[str]:
    return [entry["name"] for entry in world["actions"][dimension]]


def _check_names(world: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    known = {dimension: _names(world, dimension) for dimension in DIMENSIONS}
    for dimension, names in known.items():
        if len(set(names)) < len(names):
            yield _problem(f"actions.{dimension}", "Two entries have one name.", "Give each its own name.")
    for number, pair in enumerate(world["actions"]["pairs"]):
        for part, name in pair["when"].items():
            if name not in known[f"{part}s"]:
                place = f"actions.pairs.{number}.when.{part}"
                yield _problem(place, f"There is no {part} {name!r}.", f"Known: {', '.join(known[f'{part}s'])}.")
    for number, change in enumerate(world["behaviour"]["drift"]):
        for dimension in DIMENSIONS:
            for name in set(change[dimension]) - set(known[dimension]):
                place = f"behaviour.drift.{number}.{dimension}.{name}"
                yield _problem(
                    place, f"There is no such entry in actions.{dimension}.", f"Known: {', '.join(known[dimension])}."
                )


def _check_offers(world: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    plain = 0
    for number, offer in enumerate(world["actions"]["offers"]):
        plain += offer["kind"] == "none"
        if offer["kind"] != "none" and offer["kind"] not in offer:
            place = f"actions.offers.{number}.{offer['kind']}"
            yield _problem(place, f"An offer of kind {offer['kind']} needs its {offer['kind']}.", "Add the number.")
    if plain > 1:
        yield _problem(
            "actions.offers", "More than one offer has the kind none.", "Keep one: customers cannot tell them apart."
        )
    marks = [(variant["name"], mark) for variant in world["actions"]["variants"] for mark in variant["match"]]
    for name, mark in marks:
        if any(mark in other and owner != name for owner, other in marks):
            yield _problem(
                "actions.variants", f"{mark!r} is part of another variant's match.", "Use marks that differ."
            )


def _trait_terms(world: Mapping[str, Any]) -> set[str]:
    """Names that effects may use, other than `language=...` and `timezone=...`, which may be any level."""
    terms: set[str] = set()
    for name, trait in world["population"]["traits"].items():
        levels = trait.get("weights", {})
        terms |= {f"{name}={level}" for level in levels} if trait["kind"] == "choice" else {name}
    return terms


def effects_of(node: Any, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every linear form within a document, with its path."""
    if isinstance(node, dict):
        if {"intercept", "traits", "interactions"} <= node.keys():
            yield path, node
            return
        for name, part in node.items():
            yield from effects_of(part, f"{path}.{name}".lstrip("."))
    elif isinstance(node, list):
        for number, part in enumerate(node):
            yield from effects_of(part, f"{path}.{number}")


def _check_traits(world: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    traits, known = world["population"]["traits"], _trait_terms(world)
    for name, trait in traits.items():
        if trait["kind"] == "column" and world["population"]["kind"] != "file":
            yield _problem(
                f"population.traits.{name}", "Only a population of kind file has columns.", "Choose another kind."
            )
        if name in (*BUILT_IN_TRAITS, *TAKEN):
            yield _problem(f"population.traits.{name}", "This name is taken.", "Choose another name.")
    columns = {name for name, trait in traits.items() if trait["kind"] == "column"}
    sections = {"behaviour": world["behaviour"], "actions": world["actions"]}
    used = [(f"{path}.traits", term) for path, effect in effects_of(sections) for term in effect["traits"]]
    used += [
        (f"{path}.interactions", term)
        for path, effect in effects_of(sections)
        for product in effect["interactions"]
        for term in product["traits"]
    ]
    used += [("behaviour.value.effects", term) for term in world["behaviour"]["value"]["effects"]]
    for path, term in used:
        head = term.partition("=")[0]
        if term not in known and not ("=" in term and head in (*BUILT_IN_TRAITS, *columns)):
            near = get_close_matches(term, sorted(known), 1)
            remedy = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(sorted(known)) or 'none'}."
            yield _problem(f"{path}.{term}", f"There is no trait {term!r}.", remedy)


def _check_brief(world: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    brief, known = world["brief"], {dimension: _names(world, dimension) for dimension in DIMENSIONS}
    for field, dimension in (("templates", "variants"), ("slots", "slots"), ("channel_costs", "channels")):
        for name in set(brief[field]) - set(known[dimension]):
            yield _problem(
                f"brief.{field}.{name}",
                f"There is no such entry in actions.{dimension}.",
                f"Known: {', '.join(known[dimension])}.",
            )
    for variant in world["actions"]["variants"]:
        template = brief["templates"][variant["name"]]
        for language in ("en", "zh"):
            words = template["subject"][language] + template["body"][language]
            if not any(mark in words for mark in variant["match"]):
                place = f"brief.templates.{variant['name']}.subject.{language}"
                yield _problem(
                    place,
                    "It holds none of the variant's match strings.",
                    f"Use one of: {', '.join(variant['match'])}.",
                )
    if brief["window_days"] > brief["deadline_days"]:
        yield _problem(
            "brief.window_days", "The response window is longer than the campaign.", "Shorten it, or move the deadline."
        )
