"""Mail over SMTP to postfix's own test server, which nobody here wrote."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from setpoint.delivery.channels.smtp import SmtpChannel
from setpoint.delivery.testing import message
from setpoint.site.demo.instance import free_port

SINK = shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin:/usr/lib/postfix/sbin")
pytestmark = pytest.mark.skipif(SINK is None, reason="smtp-sink is not installed (Debian package postfix)")
COUNT = 50


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder into which another user may write: as root, smtp-sink wants to be somebody else."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


@pytest.fixture
def sink(folder: Path) -> Iterator[int]:
    """The port of a running smtp-sink that files each mail in the folder."""
    port = free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen([str(SINK), *user, "-d", f"{folder}/mail.", f"127.0.0.1:{port}", "100"])
    until = time.monotonic() + 10
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.02)
    yield port
    process.terminate()
    process.wait(10)


def test_fifty_mails_are_taken_once_each(sink: int, folder: Path) -> None:
    settings = {"host": "127.0.0.1", "port": sink, "from_address": "hello@shop.example", "connections": 2}
    channel = SmtpChannel(settings)
    batch = [message(number) for number in range(COUNT)]
    receipts = channel.send(batch)
    channel.close()
    assert {receipt.key: receipt.status for receipt in receipts} == {one.key: "accepted" for one in batch}
    filed = [path.read_text(errors="replace") for path in folder.glob("mail.*")]
    assert all(sum(f"<{one.key}@" in text for text in filed) == 1 for one in batch)
