"""Order lines: every line in exactly one row of the report, orders and customers once, whatever the file looks like."""

from __future__ import annotations

import csv
import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from setpoint.customers.models import Customer, Identity
from setpoint.events.messages import decode_stored
from setpoint.events.models import Inbox
from setpoint.events.tables import Piece
from setpoint.events.uploads import folder
from setpoint.kernel.errors import Invalid
from setpoint.sources import services
from setpoint.sources.orders.columns import check_order_mapping, is_order_lines, suggest_order_mapping
from setpoint.sources.orders.grouping import Book
from setpoint.sources.orders.importing import report_lines
from setpoint.sources.orders.lines import stage

pytestmark = pytest.mark.django_db
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
LINES = (
    "1,85123A,Heart,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n"
    "1,71053,Lantern,2,2010-12-01 08:27:00,3.50,17850,United Kingdom\n"
    "1,POST,POSTAGE,1,2010-12-01 08:26:00,15.00,,United Kingdom\n"  # takes the customer of its order
    "C2,85123A,Heart,-1,2010-12-02 09:00:00,2.55,17850,United Kingdom\n"
    "3,22423,Stand,1,2010-12-02 10:00:00,10.95,,France\n"  # nobody
    "4,22423,Stand,0,2010-12-02 10:00:00,10.95,12345,France\n"
    "5,22423,Stand,1,2010-12-02 10:00:00,-11062.06,12345,France\n"
    "6,22423,Stand,1,tomorrow,10.95,12345,France\n"
    "7,22423,Stand,many,2010-12-02 10:00:00,10.95,12345,France\n"
    ",22423,Stand,1,2010-12-02 10:00:00,10.95,12345,France\n"
    "8,22423,Stand,1,2010-12-02 10:00:00,10.95,12345\n"  # a column too few
    "9,22423,Stand,1,2010-12-02 10:00:00,10.95,12345,France\n"
    "9,22423,Stand,1,2010-12-02 10:00:00,10.95,12345,France\n"  # repeats
    + "".join(f"10,{code}X,Thing,1,2010-12-03 10:00:00,1.00,12346,Spain\n" for code in range(20))
)


def written(tmp_path: Path, lines: str = LINES) -> Path:
    path = tmp_path / "lines.csv"
    path.write_text(HEADER + lines)
    return path


def events() -> list[tuple[str, str, float | None, dict[str, Any]]]:
    rows = Inbox.objects.order_by("message_id").values_list("message_id", "payload")
    stored = [(message_id, decode_stored(bytes(payload))) for message_id, payload in rows]
    import msgspec

    return [(key, each.event, each.value, msgspec.json.decode(each.properties)) for key, each in stored]


def test_every_line_is_accounted_for(tmp_path: Path, now: datetime) -> None:
    result = services.import_orders(written(tmp_path), now=now)
    lines = result["lines"]
    refused = {each["code"]: each["lines"] for each in lines["refused"]}
    assert refused == {
        "no_customer_of_order": 1,
        "zero_quantity": 1,
        "negative_price": 1,
        "no_time": 1,
        "bad_quantity": 1,
        "no_order": 1,
        "too_few_columns": 1,
    }
    assert (lines["read"], lines["sold"], lines["charges"], lines["returned"]) == (33, 24, 1, 1)
    assert lines["read"] == lines["sold"] + lines["charges"] + lines["returned"] + sum(refused.values())
    assert (lines["filled"], lines["repeats_kept"]) == (1, 1)
    assert result["orders"] == {"created": 3, "changed": 0, "same": 0}
    assert result["returns"] == {"created": 1, "changed": 0, "same": 0}
    assert result["customers"] == {"created": 3, "changed": 0, "same": 0}
    assert result["amounts"] == {"sold": 64.2, "charges": 15.0, "returned": -2.55, "refused": -11029.21}
    (whole,) = [line.split() for line in report_lines(result) if "all lines of the file" in line]
    assert whole[0] == "33"


def test_an_order_is_one_event_with_products_and_charges(tmp_path: Path, now: datetime) -> None:
    services.import_orders(written(tmp_path), now=now)
    (first,) = [each for each in events() if each[3]["order_id"] == "1"]
    assert first[1:3] == ("Order Completed", 37.3)
    assert first[3]["products"] == [
        {"product_id": "85123A", "name": "Heart", "quantity": 6, "price": 2.55},
        {"product_id": "71053", "name": "Lantern", "quantity": 2, "price": 3.5},
    ]
    assert first[3]["charges"] == [{"code": "POST", "name": "POSTAGE", "amount": 15.0}]
    (back,) = [each for each in events() if each[1] == "Order Refunded"]
    assert (back[2], back[3]["products"][0]["quantity"]) == (2.55, 1)
    ann = Identity.objects.get(kind="user_id", value="17850").customer
    assert ann.traits == {"country": "United Kingdom"}


def test_twice_gives_the_same_state(tmp_path: Path, now: datetime) -> None:
    path = written(tmp_path)
    services.import_orders(path, now=now)
    before = events(), list(Customer.objects.order_by("pk").values())
    again = services.import_orders(path, now=now)
    assert (events(), list(Customer.objects.order_by("pk").values())) == before
    assert again["orders"] == {"created": 0, "changed": 0, "same": 3}
    assert again["customers"] == {"created": 0, "changed": 0, "same": 3}


def test_a_changed_order_lands_as_the_difference(tmp_path: Path, now: datetime) -> None:
    services.import_orders(written(tmp_path, "1,9,Cup,1,2020-01-01,5,7,UK\n"), now=now)
    result = services.import_orders(written(tmp_path, "1,9,Cup,3,2020-01-01,5,7,UK\n"), now=now)
    assert result["orders"] == {"created": 0, "changed": 1, "same": 0}
    (update,) = [each for each in events() if each[1] == "Order Updated"]
    assert (update[2], update[3]["order_total"]) == (10.0, 15.0)


def test_refused_lines_are_kept_as_they_were(tmp_path: Path, now: datetime) -> None:
    result = services.import_orders(written(tmp_path), now=now)
    with Path(result["refused_file"]).open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [row["line"] for row in rows] == ["5", "6", "7", "8", "9", "10", "11"]
    assert [row["field"] for row in rows][:3] == ["CustomerID", "Quantity", "UnitPrice"]
    assert rows[2]["UnitPrice"] == "'-11062.06"
    assert "no customer" in rows[0]["cause"]
    assert rows[0]["remedy"]


def test_options_of_the_mapping(tmp_path: Path, now: datetime) -> None:
    path = written(tmp_path)
    mapping = suggest_order_mapping(HEADER.strip().split(",")) | {
        "no_customer": "anonymous",
        "repeats": "refuse",
        "currency": "gbp",
        "timezone": "Europe/Paris",
    }
    lines = services.import_orders(path, mapping=mapping, now=now)["lines"]
    refused = {each["code"]: each["lines"] for each in lines["refused"]}
    assert (refused["repeated"], refused.get("no_customer_of_order", 0), lines["sold"]) == (1, 0, 24)
    assert Identity.objects.filter(kind="anonymous_id", value="order-3").exists()
    assert {each[3]["currency"] for each in events()} == {"GBP"}


@pytest.mark.parametrize(
    ("dates", "read_as", "refused"),
    [
        (("12/1/2010 8:26", "12/13/2010 9:00"), "mdy", {}),
        (("1/12/2010 8:26", "13/12/2010 9:00"), "dmy", {}),
        (("1.12.2010", "13.12.2010", "14.12.2010", "12/14/2010"), "dmy", {"other_order": 1}),
        (("1/12/2010", "2/12/2010", "5/5/2010", "2010-12-03"), "unknown", {"two_times": 2}),
        (("2010-12-01", "20101202", "2 Dec 2010", "2010年12月3日"), "told", {}),
    ],
)
def test_the_order_of_day_and_month_is_told_by_the_whole_file(
    dates: tuple[str, ...], read_as: str, refused: dict[str, int], tmp_path: Path, now: datetime
) -> None:
    lines = "".join(f"{place},A1,Cup,1,{text},5,7,UK\n" for place, text in enumerate(dates))
    result = services.import_orders(written(tmp_path, lines), now=now)
    assert result["dates"] == read_as
    assert {each["code"]: each["lines"] for each in result["lines"]["refused"]} == refused
    if read_as in ("mdy", "dmy"):
        assert Inbox.objects.count() == len(dates) - sum(refused.values())
        assert any("month" in line for line in report_lines(result))


@pytest.mark.parametrize(
    ("prices", "total"),
    [(('"2,50 €"', '"1.234,50 €"', "1.000"), 2237.0), (("£2.50", '"£1,234.50"', '"1,000"'), 2237.0)],
)
def test_decimals_are_told_by_the_file(prices: tuple[str, ...], total: float, tmp_path: Path, now: datetime) -> None:
    lines = "".join(f"{place},A1,Cup,1,2020-01-01,{price},7,UK\n" for place, price in enumerate(prices))
    assert services.import_orders(written(tmp_path, lines), now=now)["amounts"]["sold"] == total


def test_what_a_killed_import_left_lying_is_taken_away(tmp_path: Path, now: datetime) -> None:
    old, young = (folder() / f"orders-{name}" for name in ("old", "young"))
    for left in (old, young):
        left.mkdir()
        (left / "lines.parquet").write_bytes(b"half")
    os.utime(old, (0, 0))
    services.import_orders(written(tmp_path), now=now)
    assert (old.exists(), young.exists()) == (False, True)
    shutil.rmtree(young)


def test_what_is_recognised() -> None:
    assert is_order_lines(HEADER.strip().split(","))
    assert is_order_lines(["订单号", "商品编码", "数量", "单价", "下单时间", "会员号"])
    assert is_order_lines(["order_id", "product_name", "qty", "line_total", "created_at", "email"])
    assert not is_order_lines(["email", "first name", "age"])
    assert not is_order_lines(["order_id", "email", "total", "date"])  # orders, not lines


@pytest.mark.parametrize(
    ("mapping", "word"),
    [
        ({"columns": {"Nope": "order"}}, "no column Nope"),
        ({"columns": {"InvoiceNo": "colour"}}, "colour"),
        ({"columns": {"InvoiceNo": "order", "StockCode": "order"}}, "Two columns"),
        ({"columns": {"InvoiceNo": "order"}}, "No column means timestamp"),
        ({"columns": {}, "timezone": "Mars/Base"}, "No column means order"),
        ([], "not an object"),
    ],
)
def test_mappings_that_cannot_be(mapping: Any, word: str) -> None:
    with pytest.raises(Invalid, match=word):
        check_order_mapping(mapping, HEADER.strip().split(","))


ROW = st.fixed_dictionaries(
    {
        "o": st.sampled_from(["1", "2", "3", "", None]),
        "s": st.sampled_from(["A1", "POST", "B2", None]),
        "q": st.sampled_from(["1", "-2", "0", "x", None, "3.5"]),
        "p": st.sampled_from(["1.5", "0", "-1", "", "€2,50"]),
        "t": st.sampled_from(["2020-01-01", "never", "2020-02-03T04:05:06Z"]),
        "c": st.sampled_from(["7", "8", None]),
    }
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=1, max_size=30))
def test_any_lines_add_up_and_lose_no_money(tmp_path: Path, rows: list[dict[str, str | None]]) -> None:
    meanings = dict(zip("osqptc", ("order", "sku", "quantity", "price", "timestamp", "user_id"), strict=True))
    mapping = check_order_mapping({"columns": meanings}, list("osqptc"))
    table = pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in "osqptc"})
    for old in tmp_path.glob("staged*"):
        old.unlink()
    staged = tmp_path / "staged.parquet"
    assert stage([Piece(table, pa.array(range(1, len(rows) + 1), pa.int64()))], mapping, staged) == len(rows)
    with Book(staged, mapping) as book:
        tally, orders = book.tally(), list(book.orders())
        refused = list(book.refused())
    assert tally.lines == len(rows) == tally.sold + tally.charges + tally.returned + len(refused)
    kept = [line.row for order in orders for line in order.lines]
    assert sorted([*kept, *(row for row, _code in refused)]) == list(range(1, len(rows) + 1))
    money = tally.amount_sold + tally.amount_charges + tally.amount_returned
    assert sum(order.amount for order in orders) == pytest.approx(money)
