"""What the columns of a file of order lines mean.

A mapping is JSON: {"columns": {"InvoiceNo": "order", "StockCode": "sku", "Quantity": "quantity", "UnitPrice": "price",
"InvoiceDate": "timestamp", "CustomerID": "user_id", "Country": "trait:country"}, "currency": "GBP",
"timezone": "Europe/London", "dates": "auto", "decimals": "auto", "no_customer": "refuse", "repeats": "keep",
"charges": ["POST"]}. A column that it does not name becomes a property of the line's product.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import available_timezones

from setpoint.governance.failures import worded as _
from setpoint.kernel.errors import Invalid
from setpoint.sources.cleaning.parsing import Decimals

KEYS = ("user_id", "anonymous_id", "email", "phone")
FIELDS = ("order", "sku", "product", "quantity", "price", "total", "timestamp", "currency", *KEYS, "ignore")
_PREFIXES = ("trait", "order", "product")
_WORDS: Mapping[str, str] = {
    "order": (
        "orderid orderno ordernumber order invoiceno invoice invoicenumber invoiceid transactionid receiptid basketid "
        "订单号 订单编号 订单id 单号 小票号 发票号"
    ),
    "sku": "stockcode sku productid productcode itemid itemcode itemno productno articleno upc ean 商品编号 商品编码 货号",
    "product": (
        "description productname product itemname item producttitle itemdescription lineitem 商品名称 商品 品名 描述"
    ),
    "quantity": "quantity qty units count pieces itemquantity 数量 件数 购买数量",
    "price": "unitprice price itemprice priceperunit sellingprice 单价 价格 商品单价 售价",
    "total": "linetotal lineamount total amount subtotal extendedprice revenue sales 金额 小计 行金额 总价",
    "timestamp": (
        "invoicedate orderdate date datetime timestamp time createdat orderedat purchasedate orderpurchasetimestamp "
        "transactiondate 下单时间 订单日期 日期 时间 购买日期"
    ),
    "currency": "currency currencycode 币种 货币",
    "user_id": (
        "customerid userid custid clientid memberid customerno customernumber customer 客户编号 客户id 会员号 用户id"
    ),
    "email": "email emailaddress customeremail mail 邮箱 电子邮箱",
    "phone": "phone phonenumber mobile customerphone telephone 手机 手机号 电话",
}
_NAMES = {word: meaning for meaning, words in _WORDS.items() for word in words.split()}
_TRAITS = {
    **dict.fromkeys(("country", "shippingcountry", "billingcountry", "国家"), "country"),
    **dict.fromkeys(("city", "shippingcity", "城市"), "city"),
    **dict.fromkeys(("state", "province", "region", "省份", "地区"), "region"),
    **dict.fromkeys(("postcode", "zip", "zipcode", "postalcode", "邮编"), "postcode"),
    **dict.fromkeys(("customername", "fullname", "姓名", "客户姓名"), "name"),
    **dict.fromkeys(("gender", "性别"), "gender"),
}


_BEHIND: Mapping[str, tuple[str, ...]] = {
    "no_order": ("order",),
    "no_product": ("sku", "product"),
    "bad_quantity": ("quantity",),
    "zero_quantity": ("quantity",),
    "bad_price": ("price", "total"),
    "negative_price": ("price",),
    "no_time": ("timestamp",),
    "two_times": ("timestamp",),
    "other_order": ("timestamp",),
    "no_customer_of_order": KEYS,
}


@dataclass(frozen=True, slots=True)
class OrderMapping:
    """A checked mapping. `of` gives the column of each single meaning; the others are pairs of name and column."""

    of: Mapping[str, str]
    traits: Sequence[tuple[str, str]] = ()
    order_properties: Sequence[tuple[str, str]] = ()
    product_properties: Sequence[tuple[str, str]] = ()
    currency: str = ""
    timezone: str = "UTC"
    dates: str = "auto"
    decimals: Decimals = "auto"
    no_customer: str = "refuse"
    repeats: str = "keep"
    charges: Sequence[str] = field(default_factory=tuple)


def column_behind(problem: str, of: Mapping[str, str]) -> str:
    """The column in which a problem of a line lies; "" where it lies in none alone. `of`: the column of each meaning."""
    return next((of[meaning] for meaning in _BEHIND.get(problem, ()) if meaning in of), "")


def suggest_order_mapping(columns: Sequence[str]) -> dict[str, Any]:
    """A mapping guessed from the columns' names in English and Chinese; each meaning is given once."""
    chosen: dict[str, str] = {}
    given: set[str] = set()
    for column in columns:
        bare = re.sub(r"[\s_\-./]+", "", column).casefold()
        meaning = _NAMES.get(bare, "")
        if not meaning and bare in _TRAITS:
            meaning = f"trait:{_TRAITS[bare]}"
        if not meaning or meaning in given:
            meaning = f"product:{column}"
        given.add(meaning)
        chosen[column] = meaning
    return {"columns": chosen}


def is_order_lines(columns: Sequence[str]) -> bool:
    """Whether these columns say of each row: so many of this product, in this order, at this time."""
    found = set(suggest_order_mapping(columns)["columns"].values())
    product, worth = found & {"sku", "product"}, found & {"price", "total"}
    return bool({"order", "quantity", "timestamp"} <= found and product and worth)


def check_order_mapping(mapping: Any, columns: Sequence[str]) -> OrderMapping:
    """The mapping, whole; Invalid names the part that cannot be."""
    if not isinstance(mapping, dict) or not isinstance(mapping.get("columns"), dict):
        raise _bad(_("The mapping is not an object with columns."), _('Send {"columns": {"InvoiceNo": "order"}}.'))
    chosen = {str(column): str(meaning) for column, meaning in mapping["columns"].items()}
    chosen |= {column: f"product:{column}" for column in columns if column not in chosen}
    _check_columns(chosen, columns)
    return OrderMapping(
        of={meaning: column for column, meaning in chosen.items() if ":" not in meaning and meaning != "ignore"},
        traits=_named("trait", chosen),
        order_properties=_named("order", chosen),
        product_properties=_named("product", chosen),
        charges=tuple(str(code) for code in _list(mapping.get("charges"))),
        **_options(mapping),
    )


def _check_columns(chosen: Mapping[str, str], columns: Sequence[str]) -> None:
    missing = [column for column in chosen if column not in columns]
    if missing:
        raise _bad(
            _("The file has no column %(names)s.") % {"names": ", ".join(missing[:5])},
            _("Choose among: %(names)s.") % {"names": ", ".join(columns[:50])},
        )
    _check_meanings([meaning for meaning in chosen.values() if meaning != "ignore"])


def _check_meanings(meanings: Sequence[str]) -> None:
    for meaning in meanings:
        kind, _colon, name = meaning.partition(":")
        if not (meaning in FIELDS or (kind in _PREFIXES and 0 < len(name) <= 200)):
            raise _bad(
                _("%(field)s is not something that a column can mean.") % {"field": meaning[:80]},
                _("Use %(names)s.") % {"names": ", ".join([*FIELDS, *(f"{kind}:NAME" for kind in _PREFIXES)])},
            )
    doubled = sorted({meaning for meaning in meanings if meanings.count(meaning) > 1})
    if doubled:
        raise _bad(_("Two columns mean %(field)s.") % {"field": doubled[0]}, _("Give each meaning to one column."))
    for wanted in (("order",), ("timestamp",), ("sku", "product"), ("price", "total"), KEYS):
        if not set(wanted) & set(meanings):
            raise _bad(_("No column means %(names)s.") % {"names": _(" or ").join(wanted)}, _("Map one column to it."))


def _options(mapping: Mapping[str, Any]) -> dict[str, Any]:
    chosen = {
        "currency": str(mapping.get("currency") or "").upper(),
        "timezone": str(mapping.get("timezone") or "UTC"),
        "dates": _one_of(mapping, "dates", ("auto", "ymd", "dmy", "mdy")),
        "decimals": _one_of(mapping, "decimals", ("auto", "point", "comma")),
        "no_customer": _one_of(mapping, "no_customer", ("refuse", "anonymous")),
        "repeats": _one_of(mapping, "repeats", ("keep", "refuse")),
    }
    if chosen["currency"] and not re.fullmatch(r"[A-Z]{3}", chosen["currency"]):
        raise _bad(_("A currency is a code of three letters."), _("Write it like EUR or CNY."))
    if chosen["timezone"] not in available_timezones():
        raise _bad(_("There is no such time zone."), _("Write it like Europe/London."))
    return chosen


def _one_of(mapping: Mapping[str, Any], name: str, allowed: Sequence[str]) -> str:
    said = mapping.get(name, allowed[0])
    if said not in allowed:
        raise _bad(
            _("%(field)s has a value that is not known.") % {"field": name},
            _("Use %(names)s.") % {"names": ", ".join(allowed)},
        )
    return str(said)


def _list(value: Any) -> list[Any]:
    if value is not None and not isinstance(value, list):
        raise _bad(_("%(field)s is not a list.") % {"field": "charges"}, _('Write it like ["POST", "FEE"].'))
    return value or []


def _named(kind: str, chosen: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(meaning.partition(":")[2], column) for column, meaning in chosen.items() if meaning.startswith(f"{kind}:")]


def _bad(message: str, remedy: str) -> Invalid:
    return Invalid(message, remedy=remedy, field="mapping")
