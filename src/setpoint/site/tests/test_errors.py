"""What the API says where a request cannot even be read, or leads nowhere: cause and remedy, as everywhere."""

from __future__ import annotations

import pytest
from django.test import Client

from setpoint.governance.tests.conftest import person, signed_in

pytestmark = pytest.mark.django_db
JSON = "application/json"
BOMB = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize("body", ["{", BOMB], ids=["cut off", "too deep"])
def test_a_body_that_cannot_be_read_is_the_callers_fault(body: str) -> None:
    person()
    answer = signed_in().patch("/api/company", body, content_type=JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert {"message", "remedy"} <= set(answer.json())


def test_a_bomb_before_sign_in_is_the_callers_fault_too() -> None:
    assert Client().post("/api/auth/login", BOMB, content_type=JSON).status_code == 400


def test_programs_are_told_in_json_that_nothing_is_there() -> None:
    answer = Client().get("/api/no/such/thing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert Client().get("/static/no-such-file")["Content-Type"].startswith("text/html")
