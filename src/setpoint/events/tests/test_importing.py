"""Imports: good rows land once, bad rows are told, whatever the file looks like and whenever it stops."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from setpoint.customers.models import Consent, Customer, Identity
from setpoint.events import running, services, uploads
from setpoint.events.files import understand
from setpoint.events.mapping import plain, suggest
from setpoint.events.models import ImportJob, Inbox
from setpoint.events.moments import moment_of
from setpoint.events.problems import BadRow
from setpoint.events.tests.workbooks import WORKBOOK, zipped
from setpoint.kernel.errors import Conflict, Invalid, NotFound

pytestmark = pytest.mark.django_db
LakeRows = Callable[[], list[dict[str, Any]]]


def load(content: bytes | str, now: datetime, **named: Any) -> ImportJob:
    """An import of this content, run to its end."""
    raw = content.encode() if isinstance(content, str) else content
    job = services.create_import("a file", io.BytesIO(raw), target=named.pop("target", "customers"), now=now, **named)
    services.start_import(job.pk, now=now)
    assert services.run_next_import(now=now)
    job.refresh_from_db()
    return job


def figures(job: ImportJob) -> tuple[str, int, int, int]:
    return job.state, job.rows_read, job.rows_good, job.rows_bad


def causes(job: ImportJob) -> list[tuple[int, str, str]]:
    return [(problem.row, problem.field, problem.cause) for problem in services.problems(job.pk)]


def fold_all(now: datetime) -> None:
    while services.fold_inbox(now=now):
        pass


def test_customers_with_traits_and_consents(now: datetime) -> None:
    job = load(
        "E-mail,First Name,Age,Zip,Opt-in\nAnn@Example.com,Ann,31,01234,yes\nbob@example.com,Bob,,75001,否\n"
        "cy@example.com,,,,\n",
        now,
    )
    assert figures(job) == ("done", 3, 3, 0)
    fold_all(now)
    ann = Identity.objects.get(kind="email", value="ann@example.com").customer
    assert {"first_name": "Ann", "Age": 31, "Zip": "01234"}.items() <= ann.traits.items()
    assert Consent.objects.get(customer=ann).state == "granted"
    assert sorted(Consent.objects.values_list("state", flat=True)) == ["denied", "granted"]
    assert Customer.objects.count() == 3


def test_a_constant_consent(now: datetime) -> None:
    load("email\nann@example.com\n", now, mapping={"columns": {"email": "email"}, "consents": {"email": "granted"}})
    fold_all(now)
    assert Consent.objects.get().state == "granted"


def test_chinese_headers_and_gb18030(now: datetime) -> None:
    job = load(
        "会员号,邮箱,手机,城市\n7,li@example.cn,+86 138 0013 8000,上海\n8,wang@example.cn,,北京\n".encode("gb18030"),
        now,
    )
    assert job.encoding == "gb18030"
    assert job.mapping["columns"] == {"会员号": "user_id", "邮箱": "email", "手机": "phone", "城市": "trait:城市"}
    fold_all(now)
    assert Identity.objects.get(kind="phone", value="+8613800138000").customer.traits["城市"] == "上海"


def test_events_with_constant_name_and_other_columns_as_properties(now: datetime, lake_rows: LakeRows) -> None:
    job = load(
        "customer_id;date;amount;shop\n1;19970101;11.77;north\n1;19970118;20;south\n2;bad;1;x\n",
        now,
        target="events",
        mapping={
            "columns": {"customer_id": "user_id", "date": "timestamp", "amount": "value"},
            "event": "Order Completed",
        },
    )
    assert figures(job) == ("done", 3, 2, 1)
    assert job.delimiter == ";"
    assert causes(job)[0][:2] == (3, "date")
    fold_all(now)
    rows = sorted(lake_rows(), key=lambda row: row["ts"])
    assert [(row["event"], row["value"], str(row["day"])) for row in rows] == [
        ("Order Completed", 11.77, "1997-01-01"),
        ("Order Completed", 20.0, "1997-01-18"),
    ]
    assert json.loads(rows[0]["properties"])["shop"] == "north"


def test_events_by_mail_address_find_their_customer(now: datetime, lake_rows: LakeRows) -> None:
    load("email\nann@example.com\n", now)
    load("email,event,time\nANN@example.com,Visit,2026-03-01T10:00:00Z\n", now, target="events")
    fold_all(now)
    assert {row["customer_id"] for row in lake_rows()} == {Customer.objects.get().pk}


def test_a_repeated_import_lands_once(now: datetime, lake_rows: LakeRows) -> None:
    content = "email,plan\na@example.com,1\nb@example.com,2\n"
    assert load(content, now).rows_created == 2
    again = load(content, now + timedelta(hours=1))
    assert (again.rows_good, again.rows_created, again.rows_changed, again.rows_same) == (2, 0, 0, 2)
    visits = "email,event,time\na@example.com,Visit,2026-03-01\nb@example.com,Visit,2026-03-01\n"
    assert load(visits, now, target="events").rows_created == 2
    assert load(visits, now, target="events").rows_same == 2
    fold_all(now)
    assert len(lake_rows()) == 2


def test_the_same_file_with_another_mapping_lands_again(now: datetime) -> None:
    load("email,x\na@example.com,1\n", now)
    load("email,x\na@example.com,1\n", now, mapping={"columns": {"email": "email", "x": "trait:plan"}})
    fold_all(now)
    assert Customer.objects.get().traits == {"email": "a@example.com", "x": 1, "plan": 1}


def test_parquet(now: datetime, tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    table = pa.table(
        {
            "email": ["a@example.com", None, "c@example.com"],
            "born": [date(1990, 5, 1), None, None],
            "spend": pa.array([1.5, 2.5, None]),
            "tags": [["x"], [], None],
        }
    )
    pq.write_table(table, path)
    job = services.create_import("people", path, target="customers", now=now, start=True)
    assert (job.kind, job.rows_total) == ("parquet", 3)
    services.run_import(job.pk, now=now)
    job.refresh_from_db()
    assert figures(job) == ("done", 3, 2, 1)
    fold_all(now)
    first = Identity.objects.get(value="a@example.com").customer
    assert first.traits == {"email": "a@example.com", "born": "1990-05-01", "spend": 1.5, "tags": ["x"]}


def test_a_damaged_parquet_file_is_refused_with_cause(now: datetime) -> None:
    with pytest.raises(Invalid, match="damaged"):
        load(b"PAR1" + b"\x00" * 100, now)


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("latin-1", "cp1252"),
    ],
)
def test_encodings(encoding: str, found: str, now: datetime) -> None:
    job = load("email,name\na@example.com,Zoë Müller of Orléans\nb@example.com,René\n".encode(encoding), now)
    assert (job.encoding, figures(job)) == (found, ("done", 2, 2, 0))
    assert bool(job.warnings) == (encoding == "latin-1")
    fold_all(now)
    assert Identity.objects.get(value="a@example.com").customer.traits["name"] == "Zoë Müller of Orléans"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("gb18030", "姓名,城市\n张伟,上海\n王鑫淼,深圳\n"),
        ("cp950", "姓名,城市\n陳大文,臺北\n林志玲,高雄\n"),
        ("cp932", "名前,都市\n山田太郎,東京\nサトウ花子,大阪\n"),
        ("cp949", "이름,도시\n김철수,서울\n이영희,부산\n"),
        ("cp1252", "name,price\nMüller,5 €\nO’Neil,3 €\n"),
        ("cp1251", "имя,город\nИван,Москва\nАлексей,Казань\n"),
    ],
)
def test_old_encodings_are_told_by_their_letters(encoding: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(text.encode(encoding))
    found = understand(path)
    assert found.encoding == encoding
    assert [found.columns, *(tuple(row.values) for row in found.rows())] == [
        tuple(line.split(",")) for line in text.splitlines()
    ]


def test_a_line_for_spreadsheets_is_no_header(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"\xef\xbb\xbfsep=;\r\nemail;name\r\na@example.com;Ann\r\n")
    found = understand(path)
    assert (found.columns, [row.values for row in found.rows()]) == (("email", "name"), [["a@example.com", "Ann"]])


def test_an_unclosed_quote_is_one_bad_row_and_the_rows_behind_it_land(now: datetime) -> None:
    rows = "".join(f"u{n}@example.com,x\n" for n in range(5000))
    job = load(f'email,name\na@example.com,"open\n{rows}', now)
    assert figures(job) == ("done", 5001, 5000, 1)
    assert causes(job) == [(1, "", "A quote is opened and never closed.")]


def test_an_unclosed_quote_in_the_last_row(now: datetime) -> None:
    job = load('email,name\na@example.com,x\nb@example.com,"open\n', now)
    assert figures(job) == ("done", 2, 1, 1)
    assert causes(job)[0][0] == 2


def test_text_behind_a_closed_quote(now: datetime) -> None:
    job = load('email,name\na@example.com,"A" B\nb@example.com,"say ""hi"""\n', now)
    assert figures(job) == ("done", 2, 1, 1)


def test_a_ten_megabyte_line_is_one_bad_row(now: datetime) -> None:
    job = load("email,name\na@example.com," + "x" * 10_000_000 + "\nb@example.com,y\n", now)
    assert figures(job) == ("done", 2, 1, 1)
    assert causes(job) == [(1, "", "The row is longer than 1000000 characters.")]


def test_a_ten_megabyte_line_with_an_open_quote_is_one_bad_row(now: datetime) -> None:
    job = load('email,name\na@example.com,"' + "x" * 10_000_000 + "\nb@example.com,y\n", now)
    assert figures(job)[1:] == (2, 1, 1)


def test_a_field_over_the_limit(now: datetime) -> None:
    job = load("email,name\na@example.com," + "x" * 200_000 + "\nb@example.com,y\n", now)
    assert causes(job) == [(1, "", "A value is longer than 131072 characters.")]
    assert job.rows_good == 1


def test_a_value_that_makes_the_message_too_large(now: datetime) -> None:
    job = load("email,name\na@example.com," + "x" * 40_000 + "\nb@example.com,y\n", now)
    assert (job.rows_good, job.rows_bad) == (1, 1)
    assert "32768" in causes(job)[0][2]


def test_nul_characters(now: datetime) -> None:
    job = load("email,name\na@example.com,x\0y\nb@example.com,z\n", now)
    assert causes(job) == [(1, "", "The row holds a NUL character.")]
    assert job.rows_good == 1


def test_ragged_rows(now: datetime) -> None:
    job = load("email,a,b\n1@example.com,1,2,3\n2@example.com,1\n3@example.com,1,2,,\n4@example.com,1,2\n\n", now)
    assert figures(job) == ("done", 4, 2, 2)
    assert causes(job) == [
        (1, "", "The row has 4 columns; the header has 3."),
        (2, "", "The row has 2 columns; the header has 3."),
    ]


def test_a_mapped_column_that_the_file_lacks(now: datetime) -> None:
    with pytest.raises(Invalid, match="no column mail"):
        load("email\na@example.com\n", now, mapping={"columns": {"mail": "email"}})


def test_no_column_names_the_customer(now: datetime) -> None:
    with pytest.raises(Invalid, match="which customer"):
        load("city\nLyon\n", now)


def test_no_event_name(now: datetime) -> None:
    with pytest.raises(Invalid, match="which event"):
        load("user_id,date\n1,2026-01-01\n", now, target="events")


@pytest.mark.parametrize(
    "mapping",
    [
        [],
        {"columns": []},
        {"columns": {"email": "shoe"}},
        {"columns": {"email": "consent:fax"}},
        {"columns": {"email": "email", "x": "email"}},
        {"columns": {"email": "email"}, "consents": {"email": "perhaps"}},
        {"columns": {"email": "email"}, "consents": "all"},
        {"columns": {"email": "trait:"}},
    ],
)
def test_mappings_that_cannot_be(mapping: Any, now: datetime) -> None:
    job = services.create_import("x", io.BytesIO(b"email,x\na@example.com,1\n"), target="customers", now=now)
    with pytest.raises(Invalid) as refused:
        services.start_import(job.pk, mapping=mapping, now=now)
    assert refused.value.field == "mapping"
    assert refused.value.remedy
    assert services.preview_import(job.pk, mapping=mapping or {"columns": []}).problems


def test_an_empty_column_truncates_nothing(now: datetime) -> None:
    rows = "".join(f"u{n}@example.com,,{n}\n" for n in range(12_000))
    assert figures(load("email,empty,n\n" + rows, now)) == ("done", 12_000, 12_000, 0)


def test_headers_of_one_name_and_without_name(now: datetime) -> None:
    job = load("email,name,name,\na@example.com,A,B,C\n", now)
    assert job.columns == ["email", "name", "name_2", "column_4"]
    assert job.warnings
    fold_all(now)
    assert Customer.objects.get().traits == {"email": "a@example.com", "name": "A", "name_2": "B", "column_4": "C"}


def test_a_header_alone(now: datetime) -> None:
    job = load("email,name\n", now)
    assert figures(job) == ("done", 0, 0, 0)
    assert job.warnings == ["The file has a header and no rows."]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file(content: bytes, now: datetime) -> None:
    with pytest.raises(Invalid, match="empty"):
        load(content, now)
    assert not list(uploads.folder().iterdir())


def test_bad_rows_can_be_downloaded_with_what_is_wrong(now: datetime) -> None:
    job = load("email,age\nnot an address,3\nb@example.com,4\n,5\n=cmd,6\n", now)
    assert figures(job) == ("done", 4, 1, 3)
    text = services.problems_path(job.pk).read_text("utf-8-sig")
    found = list(csv.DictReader(io.StringIO(text)))
    assert [(row["email"], row["age"], row["row"], row["error_field"]) for row in found[:2]] == [
        ("not an address", "3", "1", "email"),
        ("", "5", "3", ""),
    ]
    assert found[2]["email"] == "'=cmd"
    assert all(row["error"] and row["remedy"] for row in found)


def test_no_problems_no_file(now: datetime) -> None:
    job = load("email\na@example.com\n", now)
    with pytest.raises(NotFound):
        services.problems_path(job.pk)


def test_preview_shows_rows_suggestion_and_problems(now: datetime) -> None:
    content = "Email\tTel\n" + "".join(f"u{n}@example.com\t\n" for n in range(30)) + "bad\t\n"
    job = services.create_import("x", io.BytesIO(content.encode()), target="customers", now=now)
    seen = services.preview_import(job.pk)
    assert (seen.delimiter, seen.encoding, len(seen.rows)) == ("\t", "utf-8", 20)
    assert seen.mapping == {"columns": {"Email": "email", "Tel": "phone"}}
    assert not seen.problems
    assert Inbox.objects.count() == 0
    assert (
        services.preview_import(job.pk, mapping={"columns": {"Email": "phone", "Tel": "ignore"}}).problems[0].row == 1
    )


def big(rows: int) -> bytes:
    return b"email\n" + b"".join(b"u%d@example.com\n" % n for n in range(rows)) + b"bad\n"


def test_cancel_and_resume(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CHUNK", 10)
    job = services.create_import("x", io.BytesIO(big(34)), target="customers", now=now, start=True)
    looks = iter(range(100))

    def cancel_after_two_chunks() -> bool:
        if next(looks) == 2:
            services.cancel_import(job.pk, now=now)
        return False

    services.run_import(job.pk, now=now, stop=cancel_after_two_chunks)
    job.refresh_from_db()
    assert figures(job) == ("cancelled", 20, 20, 0)
    with pytest.raises(Conflict):
        services.start_import(job.pk, now=now)
    services.resume_import(job.pk, now=now)
    assert services.run_next_import(now=now)
    job.refresh_from_db()
    assert figures(job) == ("done", 35, 34, 1)
    assert Customer.objects.count() == 34
    with pytest.raises(Conflict):
        services.resume_import(job.pk, now=now)
    assert not services.run_next_import(now=now)


def test_cancelling_what_waits_is_immediate(now: datetime) -> None:
    job = services.create_import("x", io.BytesIO(big(1)), target="customers", now=now, start=True)
    assert services.cancel_import(job.pk, now=now).state == "cancelled"
    assert not services.run_next_import(now=now)


def test_a_stopped_worker_leaves_the_job_queued(now: datetime) -> None:
    job = services.create_import("x", io.BytesIO(big(1)), target="customers", now=now, start=True)
    services.run_import(job.pk, now=now, stop=lambda: True)
    job.refresh_from_db()
    assert job.state == "queued"


def test_a_file_that_is_gone_fails_with_cause_and_remedy(now: datetime) -> None:
    job = services.create_import("x", io.BytesIO(big(1)), target="customers", now=now, start=True)
    (uploads.folder() / job.file).unlink()
    services.run_import(job.pk, now=now)
    job.refresh_from_db()
    assert job.state == "failed"
    assert job.failure["remedy"]


def test_a_file_in_the_foreground_reports_progress_and_problems(now: datetime, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(big(3))
    told: list[str] = []
    result = services.import_file(path, target="customers", now=now, report=told.append)
    assert (result["state"], result["rows_good"], result["rows_bad"], result["rows_created"]) == ("done", 3, 1, 3)
    assert result["problems"][0]["row"] == 4
    assert any(line.startswith("Row 4, email: ") for line in told)
    json.dumps(result)


def test_an_unknown_target_is_refused(now: datetime) -> None:
    with pytest.raises(Invalid):
        load(big(1), now, target="shoes")


PROCESS = """
import io, os, signal
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from datetime import UTC, datetime
from setpoint.events import running, services
from setpoint.events.models import ImportJob
from setpoint.customers.models import Customer
now = datetime(2026, 3, 2, 9, tzinfo=UTC)
running.CHUNK = 10
call_command("migrate", verbosity=0)
rows = "".join(f"u{n}@example.com,\\n" if n % 7 else f"bad{n},\\n" for n in range(60))
services.create_import("x", io.BytesIO(("email,x\\n" + rows).encode()), target="customers", now=now, start=True)
whole = running._append_problems
def die_in_third_chunk():
    turns = []
    def dying(*args):
        written = whole(*args)
        turns.append(1)
        if len(turns) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return written
    running._append_problems = dying
    services.run_next_import(now=now)
for _ in range(2):
    connection.close()
    child = os.fork()
    if not child:
        die_in_third_chunk()
        os._exit(0)
    print(os.WTERMSIG(os.waitpid(child, 0)[1]))
services.run_next_import(now=now)
job = ImportJob.objects.get()
print(job.state, job.rows_read, job.rows_good, job.rows_bad, Customer.objects.count())
print([line.split(",")[0] for line in services.problems_path(job.pk).read_text("utf-8-sig").splitlines()[1:]])
"""


@pytest.mark.fault
def test_kill_minus_nine_while_importing(own_process: Callable[[str], list[str]]) -> None:
    assert own_process(PROCESS) == ["9", "9", "done 60 51 9 51", str([f"bad{n}" for n in range(0, 60, 7)])]


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2026-03-02T10:00:00+01:00", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2026-03-02 09:00:00", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2026/3/2", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026.03.02 09:00", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("19970101", datetime(1997, 1, 1, tzinfo=UTC)),
        ("1772442000", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("1772442000000", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        (1772442000, datetime(2026, 3, 2, 9, tzinfo=UTC)),
        (date(2026, 3, 2), datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026年3月2日", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026年3月2日 下午2:05", datetime(2026, 3, 2, 14, 5, tzinfo=UTC)),
        ("2026-3-2 9:00", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2026-03-02 09:00:00 UTC", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2 Mar 2026", datetime(2026, 3, 2, tzinfo=UTC)),
        ("02-March-2026 9:00 am", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("Mar 2nd, 2026, 12:05 PM", datetime(2026, 3, 2, 12, 5, tzinfo=UTC)),
        ("Mon, 02 Mar 2026 10:00:00 +0100", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("Mon, 02 Mar 2026 09:00:00 GMT", datetime(2026, 3, 2, 9, tzinfo=UTC)),
    ],
)
def test_times(cell: Any, moment: datetime) -> None:
    assert moment_of(cell) == moment


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "soon",
        "20261301",
        "2026-02-30",
        "99999999999999999999",
        "12",
        "03/04/2026",
        "2 Foo 2026",
        "2 Mar 2026 25:00",
    ],
)
def test_what_is_no_time(cell: str) -> None:
    with pytest.raises(BadRow):
        moment_of(cell)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("31", 31),
        ("-2.50", -2.5),
        ("01234", "01234"),
        ("+49", "+49"),
        ("1e5", "1e5"),
        ("true", True),
        ("12345678901234567890", "12345678901234567890"),
        ("", ""),
    ],
)
def test_cells_as_json(cell: str, value: Any) -> None:
    assert plain(cell) == value
    assert type(plain(cell)) is type(value)


def test_each_meaning_is_suggested_once() -> None:
    found = suggest(["ID", "Customer ID", "邮箱", "mail", "Tel."], "customers")["columns"]
    assert list(found.values()) == ["user_id", "trait:Customer ID", "email", "trait:mail", "phone"]


def test_every_row_is_counted_once(now: datetime) -> None:
    load("email,city\na@example.com,Lyon\nb@example.com,Nice\n", now)
    job = load(
        "email,city\na@example.com,Lyon\nb@example.com,Paris\nc@example.com,\nnot an address,x\nc@example.com,\n", now
    )
    assert figures(job) == ("done", 5, 4, 1)
    assert (job.rows_created, job.rows_changed, job.rows_same) == (1, 1, 2)
    twice = load("email,newsletter\nd@example.com,yes\nd@example.com,yes\n", now)
    assert (twice.rows_created, twice.rows_changed, twice.rows_same) == (1, 0, 1)


def test_a_row_that_is_too_much_for_a_customer_is_refused_alone(now: datetime) -> None:
    full = "x" * 25_000
    for trait in ("one", "two"):
        load(f"email,{trait}\na@example.com,{full}\n", now)
    job = load(f"email,three\na@example.com,{full}\nb@example.com,y\n", now)
    assert figures(job) == ("done", 2, 1, 1)
    assert causes(job)[0][:2] == (1, "traits")
    assert Customer.objects.count() == 2


def test_refused_rows_are_mended_and_imported_as_they_are(now: datetime) -> None:
    first = load("email,phone,note\nbad,+33612345678,-5\n", now)
    mended = services.problems_path(first.pk).read_text("utf-8-sig").replace("bad,", "good@example.com,", 1)
    assert "'+33612345678" in mended
    again = load(mended, now)
    assert figures(again) == ("done", 1, 1, 0)
    assert Customer.objects.get().traits == {"email": "good@example.com", "phone": "+33612345678", "note": -5}


def test_a_preview_shows_what_rows_become(now: datetime) -> None:
    load("email\nann@example.com\n", now)
    text = "email,age,newsletter\nANN@example.com,31,yes\nbob@example.com,,no\nnobody,1,yes\n"
    job = services.create_import("x", io.BytesIO(text.encode()), target="customers", now=now)
    ann, bob = services.preview_import(job.pk).becomes
    assert (ann.identities, ann.is_known, ann.consents) == (
        {"email": "ann@example.com"},
        True,
        (("email", "marketing", "granted"),),
    )
    assert (ann.values["age"], bob.is_known, bob.consents[0][2]) == (31, False, "denied")
    events = services.create_import(
        "y", io.BytesIO(b"email,event,time,cart\na@x.org,Visit,2026-03-01,7\n"), target="events", now=now
    )
    (visit,) = services.preview_import(events.pk).becomes
    assert (visit.event, visit.at, visit.values) == ("Visit", datetime(2026, 3, 1, tzinfo=UTC), {"cart": 7})
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("nothing.csv", b"", "empty"),
        ("blank.csv", b"\n \n", "empty"),
        ("packed.csv", zipped({"inside.csv": "email\na@example.com\n"}), "zip archive"),
        ("packed.csv.gz", b"\x1f\x8b\x08rest", "compressed"),
        ("page.csv", b"<!DOCTYPE html><html>Sign in</html>", "web page"),
        ("picture.csv", bytes(range(1, 256)) * 20, "not text"),
        ("letter.csv", b"%PDF-1.7 rest", "not text"),
        ("list.json", b'[{"email": "a@example.com"}]', "JSON list"),
        ("broken.xlsx", b"PK\x03\x04rest", "damaged"),
        ("broken.parquet", b"PAR1rest", "damaged"),
    ],
)
def test_what_is_no_table_is_named_as_such(name: str, content: bytes, words: str, now: datetime) -> None:
    with pytest.raises(Invalid, match=words) as error:
        services.create_import(name, io.BytesIO(content), target="customers", now=now)
    assert error.value.remedy


def test_json_lines_and_workbooks_are_read_as_tables_are(now: datetime) -> None:
    lines = b'{"email": "a@example.com", "age": 5}\nno json\n{"email": "b@example.com", "city": "Rome"}\n'
    job = services.create_import("a.jsonl", io.BytesIO(lines), target="customers", now=now, start=True)
    assert (job.kind, job.columns, job.rows_total) == ("jsonl", ["email", "age", "city"], 3)
    services.run_import(job.pk, now=now)
    job.refresh_from_db()
    assert (job.rows_created, job.rows_bad) == (2, 1)
    assert [(each.row, each.cause) for each in services.problems(job.pk)] == [(2, "The line is not a JSON object.")]
    book = services.create_import("b.csv", io.BytesIO(zipped(WORKBOOK)), target="customers", now=now, start=True)
    services.run_import(book.pk, now=now)
    book.refresh_from_db()
    assert (book.kind, book.rows_created + book.rows_changed, book.rows_bad) == ("excel", 1, 0)


def test_a_file_is_told_row_by_row_in_figures_that_add_up(tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "people.csv"
    path.write_text("email,name,name\na@example.com,Ann,x\nno mail,Ben,y\n" + ",Cy,z\n" * 25)
    told: list[str] = []
    result = services.import_file(path, target="customers", now=now, report=told.append)
    assert told[0] == "Columns: email → email, name → trait:name, name_2 → trait:name_2"
    assert told[1] == "Some columns have no name or the same name; they were renamed."
    assert told[2].startswith("Row 2, email: no mail cannot be")
    assert "and 6 more rows that were refused" in told
    figures = [line.split()[0] for line in told if line.startswith("  ")]
    assert figures == ["1", "0", "0", "26", "27"]
    assert str(result["rows_bad"]) == "26"
    assert told[-1].endswith(".problems.csv")


def test_consents_keep_their_source(now: datetime) -> None:
    job = load("email,newsletter\na@example.com,yes\n", now)
    assert Consent.objects.get().source == f"import {job.pk}: a file"
