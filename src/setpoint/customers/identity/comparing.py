"""What is compared of customers: traits that tell people apart, and the addresses they have."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from setpoint.customers import snapshot
from setpoint.customers.columns import trait_column
from setpoint.customers.frames import known_traits
from setpoint.customers.identity.rules import Rules
from setpoint.customers.models import Identity

ADDRESSES = ("email", "phone")
_TELLS = re.compile(
    r"name|first|last|given|family|surname|vorname|nachname|birth|dob|geburt|naissance|nacimiento|post|zip|plz|street"
    r"|address|adresse|direccion|strasse|house|suburb|city|town|ville|stadt|ort|ciudad|county|state|region|phone|mobile"
    r"|telefon|tel\b|mail|ssn|passport|tax|licen[cs]e|member|card|iban|vat"
    r"|姓|名|生日|出生|邮编|邮政|地址|街道|城市|省|手机|电话|邮箱|证件|身份证",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"campaign|channel|segment|score|product|brand|store|status|device|file|user_?agent|utm", re.IGNORECASE
)


def compared_columns(rules: Rules) -> list[str]:
    """The traits and addresses that a search compares: those the company chose, else those whose names say that they
    are of a person."""
    known = known_traits()
    if rules.columns is not None:
        return [name for name in rules.columns if name in known or name in ADDRESSES]
    told = [name for name in known if name not in ADDRESSES and _TELLS.search(name) and not _NOT.search(name)]
    return [*told, *ADDRESSES]


def people_table(columns: Sequence[str]) -> pa.Table:
    """All customers with these traits and addresses as text; `customer_id` first. An address that is another customer's
    identity is known from the trait alone."""
    now = snapshot.current()
    ids = now.column("customer_id")
    traits = {name: now.column(trait_column(name)) for name in columns if name not in ADDRESSES}
    asked = [kind for kind in ADDRESSES if kind in columns]
    addresses = _addresses(ids.to_pylist(), asked)
    told = {kind: pc.coalesce(own, now.column(trait_column(kind))) for kind, own in addresses.items()}
    return pa.table({"customer_id": ids, **traits, **told})


def _addresses(ids: Sequence[int], kinds: Sequence[str]) -> dict[str, pa.ChunkedArray]:
    """Of each kind the current value of each customer, in the order of `ids`."""
    found: dict[str, pa.ChunkedArray] = {}
    for kind in kinds:
        rows = Identity.objects.filter(kind=kind).order_by("pk").values_list("customer_id", "value")
        current = dict(rows.iterator(chunk_size=20_000))
        found[kind] = pa.chunked_array([pa.array([current.get(pk) for pk in ids], pa.string())])
    return found
