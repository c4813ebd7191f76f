"""Failures that are kept, and told in the language of whoever reads."""

from __future__ import annotations

import json

from django.utils import translation
from django.utils.translation import gettext as _
from ninja import Schema

from setpoint.governance import failures
from setpoint.governance.failures import ToldFailure, kept, outage, told, worded
from setpoint.kernel.errors import Invalid

SAFE = "Nothing is lost: rows that landed stay, and the next run goes on behind them."


class Run(Schema):
    failure: ToldFailure | None


def test_a_failure_of_another_side_is_told_in_the_readers_language():
    failure = json.loads(json.dumps(kept(ConnectionRefusedError(111, "Connection refused"), safe=SAFE)))
    with translation.override("zh-hans"):
        read = Run.model_validate({"failure": failure}).failure
        assert (
            read.message
            == _("Nothing listens at this address and port.")
            != "Nothing listens at this address and port."
        )
        assert read.safe == _(SAFE) != SAFE
    assert read.code == "connection_refused"
    assert read.technical == "ConnectionRefusedError: [Errno 111] Connection refused"


def test_our_own_errors_keep_what_they_were_made_of():
    inner = worded("Check its spelling.")
    error = Invalid(worded("The host %(host)s cannot be found.") % {"host": "db"}, remedy=inner, field="host")
    failure = json.loads(json.dumps(kept(error)))
    assert told(failure)["message"] == "The host db cannot be found."
    with translation.override("zh-hans"):
        assert told(failure)["message"] == "找不到主机 db。"
        assert told(failure)["remedy"] == "请检查拼写。"


def test_failures_kept_before_and_errors_without_a_template_stay_as_they_are():
    old = {"code": "x", "message": "It failed.", "remedy": "Test the connection."}
    assert told(old) == old
    assert told(kept(Invalid("Plain 100 %")))["message"] == "Plain 100 %"


def test_every_code_is_worded_in_both_languages():
    with translation.override("zh-hans"):
        for cause, remedy in failures._OUTAGES.values():
            assert _(cause) != cause
            assert _(remedy) != remedy


def test_a_caller_may_know_better_what_to_do():
    assert outage("HTTP 403: no", remedy="Give the key the right.").remedy == "Give the key the right."
