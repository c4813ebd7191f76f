"""What order lines would become, before anything lands."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any

import pytest

from setpoint.customers.models import Customer
from setpoint.events.models import Inbox
from setpoint.governance.services import company
from setpoint.governance.types import SCOPES
from setpoint.sources.tests.test_api import Caller

pytestmark = pytest.mark.django_db
LINES = (
    "Order,SKU,Product,Quantity,Date,Price,Email\n"
    'A1,S1,Cup,2,03/04/2026,"1.234,50",ann@x.example\n'
    'A1,POST,Postage,1,03/04/2026,"4,95",\n'
    'A2,S1,Cup,-1,25/04/2026,"1.234,50",ann@x.example\n'
    'A3,S2,Pot,1,05/04/2026,"9,00",\n'
    + "".join(f'B{place},S{place},Tea,1,26/04/2026,"3,10",ben@x.example\n' for place in range(10, 20))
)


@pytest.fixture
def call(now: datetime) -> Caller:
    company()  # its row is made when it is first read
    return Caller(now, sorted(SCOPES))


def brought(call: Caller, text: str = LINES) -> dict[str, Any]:
    made = call("post", "/connections", {"name": "orders.csv", "plugin": "files", "target": "orders"}, 201)
    file = BytesIO(text.encode())
    file.name = "orders.csv"
    assert (
        call.client.post(f"/api/connections/{made['id']}/files", {"file": file}, headers=call.headers).status_code
        == 201
    )
    found = call("post", "/connections/test", {"connection_id": made["id"]})
    assert found["target"] == "orders"
    return {"connection_id": made["id"], "mapping": found["mapping"]}


def test_what_the_file_shows_is_told_and_every_line_is_counted(call: Caller) -> None:
    look = call("post", "/connections/preview", brought(call))
    assert (look["dates"], look["decimals"], look["currency"], look["read"]) == ("dmy", "comma", "EUR", 14)
    assert look["counts"] == {"sold": 11, "charge": 1, "returned": 1, "refused": 1}
    first, postage, returned, nobody, *_rest = look["lines"]
    assert (first["becomes"], first["amount"], first["at"], first["customer"]) == (
        "sold", 2469.0, "2026-04-03T00:00:00Z", "ann@x.example",
    )  # fmt: skip
    assert (postage["becomes"], postage["customer"]) == ("charge", "ann@x.example")
    assert returned["becomes"] == "returned"
    assert nobody["becomes"] == "refused"
    assert nobody["cause"]
    assert nobody["remedy"]
    assert not Customer.objects.exists()
    assert not Inbox.objects.exists()


def test_the_preview_follows_what_a_person_changes(call: Caller) -> None:
    asked = brought(call)
    asked["mapping"] |= {"dates": "mdy", "decimals": "point", "currency": "CNY", "no_customer": "anonymous"}
    look = call("post", "/connections/preview", asked)
    assert (look["dates"], look["decimals"], look["currency"]) == ("mdy", "point", "CNY")
    assert look["lines"][0]["at"] == "2026-03-04T00:00:00Z"
    assert all("no customer" not in line["cause"] for line in look["lines"])
    asked["mapping"]["columns"] |= {"Order": "ignore"}
    assert call("post", "/connections/preview", asked, 400)["field"] == "mapping"


def test_a_line_far_down_that_is_refused_is_shown(call: Caller) -> None:
    far = "".join(f'C{place},S{place},Tea,1,26/04/2026,"3,10",cy@x.example\n' for place in range(50))
    look = call(
        "post", "/connections/preview", brought(call, LINES + far + 'D,S1,Tea,many,26/04/2026,"3,10",d@x.example\n')
    )
    assert look["lines"][-1]["row"] == 65
    assert "quantity" in look["lines"][-1]["cause"]
