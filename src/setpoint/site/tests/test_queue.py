"""Writers of SQLite queue up: nobody sleeps while the way is free, nobody is passed over."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from setpoint.site.sqlite import log
from setpoint.site.sqlite.base import DatabaseWrapper

pytestmark = pytest.mark.django_db
HELD_SECONDS, TURNS = 0.02, 20
OPTIONS = {"transaction_mode": "IMMEDIATE", "timeout": 30, "init_command": "PRAGMA journal_mode=wal;"}


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[], Any]:
    def open_one() -> Any:
        told = {**connections["default"].settings_dict, "NAME": tmp_path / "queue.sqlite3", "OPTIONS": OPTIONS}
        made: Any = DatabaseWrapper({**told, "CONN_MAX_AGE": 0}, "queued")
        made.inc_thread_sharing()
        made.connect()
        return made

    first = open_one()
    first.cursor().execute("CREATE TABLE turn (writer integer)")
    first.close()
    return open_one


def write(connection: Any, number: int) -> None:
    connection._start_transaction_under_autocommit()
    connection.cursor().execute("INSERT INTO turn VALUES (%s)", [number])
    connection._commit()


def test_a_waiting_writer_comes_next_and_not_when_its_sleep_ends(opened: Any) -> None:
    begun = threading.Event()

    def work_without_a_pause() -> None:
        mine = opened()
        for turn in range(TURNS):
            mine._start_transaction_under_autocommit()
            begun.set()
            mine.cursor().execute("INSERT INTO turn VALUES (%s)", [turn])
            time.sleep(HELD_SECONDS)
            mine._commit()
        mine.close()

    busy = threading.Thread(target=work_without_a_pause)
    waiting = opened()
    busy.start()
    begun.wait()
    write(waiting, TURNS)
    busy.join()
    with waiting.cursor() as cursor:
        cursor.execute("SELECT writer FROM turn ORDER BY rowid")
        order = [writer for (writer,) in cursor.fetchall()]
    waiting.close()
    assert order.index(TURNS) < TURNS // 2


def test_a_single_write_queues_too_and_nobody_sleeps_because_of_it(opened: Any) -> None:
    """A transaction that met a write outside of the queue would sleep, and all who queue with it."""
    begun = threading.Event()
    order: list[str] = []

    def hold() -> None:
        mine = opened()
        mine._start_transaction_under_autocommit()
        begun.set()
        time.sleep(HELD_SECONDS * 5)
        order.append("transaction")
        mine._commit()
        mine.close()

    holder, single = threading.Thread(target=hold), opened()
    holder.start()
    begun.wait()
    enter = single._enter
    single._enter = lambda: (enter(), order.append("single"))
    single.cursor().execute("UPDATE turn SET writer = 1")
    holder.join()
    assert order == ["transaction", "single"]
    assert not single._is_inside
    single.close()


def test_a_failed_or_closed_transaction_gives_way(opened: Any) -> None:
    first, second = opened(), opened()
    first._start_transaction_under_autocommit()
    first._rollback()
    write(second, 1)
    first._start_transaction_under_autocommit()
    first.close()
    write(second, 2)
    second.close()


def test_a_killed_writer_holds_up_nobody(opened: Any) -> None:
    child = os.fork()
    if not child:
        dying = opened()
        dying._start_transaction_under_autocommit()
        dying.cursor().execute("INSERT INTO turn VALUES (7)")
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    connection = opened()
    write(connection, 8)
    with connection.cursor() as cursor:
        cursor.execute("SELECT writer FROM turn")
        assert cursor.fetchall() == [(8,)]
    connection.close()


def test_a_log_that_is_brought_in_begins_anew(opened: Any, tmp_path: Path) -> None:
    kept = tmp_path / "queue.sqlite3-wal"
    writer, tidier = opened(), opened()
    for number in range(200):
        write(writer, number)
    full = kept.stat().st_size
    log.bring_in(tidier)
    for number in range(200):
        write(writer, number)
    assert kept.stat().st_size == full
    writer.close()
    tidier.close()
