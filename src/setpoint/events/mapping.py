"""What a file's columns mean, and how a row becomes a message.

A mapping is JSON: {"columns": {"E-mail": "email", "Age": "trait:age", "OK": "consent:email:marketing",
"Note": "ignore"}, "consents": {"email": "granted"}, "event": "Order Completed"}. A column that it does not name becomes
a trait (customers) or a property (events) of its own name. Fields: user_id, anonymous_id, email, phone, webhook,
timestamp; for customers also language, timezone, trait:NAME, consent:CHANNEL[:PURPOSE]; for events also event, value,
property:NAME.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from setpoint.customers.normal import normalise_identity
from setpoint.customers.types import CHANNEL_IDENTITY
from setpoint.events.messages import Call, Row, row_of
from setpoint.events.moments import moment_of
from setpoint.events.problems import BadRow, refused
from setpoint.events.types import Target
from setpoint.governance.failures import worded as _
from setpoint.kernel.errors import Invalid, TooLarge

KEYS = ("user_id", "anonymous_id", "email", "phone", "webhook")
_FIELDS: Mapping[Target, tuple[str, ...]] = {
    "customers": (*KEYS, "timestamp", "language", "timezone", "ignore"),
    "events": (*KEYS, "timestamp", "event", "value", "ignore"),
}
_NAMES: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "userid",
            "customerid",
            "custid",
            "id",
            "clientid",
            "contactid",
            "accountid",
            "subscriberid",
            "prospectid",
            "leadid",
            "recordid",
            "memberid",
            "会员号",
            "会员id",
            "客户编号",
            "客户id",
            "用户id",
            "用户编号",
        ),
        "user_id",
    ),
    **dict.fromkeys(("anonymousid", "visitorid", "deviceid", "匿名id", "访客id"), "anonymous_id"),
    **dict.fromkeys(("email", "emailaddress", "mail", "邮箱", "电子邮箱", "电子邮件", "邮件地址", "邮箱地址"), "email"),
    **dict.fromkeys(
        (
            "phone",
            "phonenumber",
            "mobile",
            "mobilephone",
            "tel",
            "telephone",
            "cell",
            "手机",
            "手机号",
            "手机号码",
            "电话",
            "联系电话",
        ),
        "phone",
    ),
    **dict.fromkeys(("firstname", "givenname", "forename", "名", "名字"), "trait:first_name"),
    **dict.fromkeys(("lastname", "surname", "familyname", "姓", "姓氏"), "trait:last_name"),
    **dict.fromkeys(("name", "fullname", "customername", "姓名", "客户姓名", "客户名称"), "trait:name"),
    **dict.fromkeys(("language", "lang", "locale", "语言"), "language"),
    **dict.fromkeys(("timezone", "tz", "时区"), "timezone"),
    **dict.fromkeys(("event", "eventname", "eventtype", "事件", "事件名", "事件名称", "行为"), "event"),
    **dict.fromkeys(
        (
            "timestamp",
            "time",
            "datetime",
            "date",
            "eventtime",
            "orderdate",
            "purchasedate",
            "时间",
            "日期",
            "时间戳",
            "下单时间",
            "购买日期",
            "事件时间",
        ),
        "timestamp",
    ),
    **dict.fromkeys(
        (
            "value",
            "revenue",
            "total",
            "amount",
            "price",
            "spend",
            "金额",
            "总额",
            "收入",
            "订单金额",
            "消费金额",
            "价格",
        ),
        "value",
    ),
    **dict.fromkeys(
        ("emailconsent", "consentemail", "emailoptin", "optin", "newsletter", "邮件同意", "邮件订阅", "订阅"),
        "consent:email",
    ),
    **dict.fromkeys(("smsconsent", "consentsms", "smsoptin", "短信同意", "短信订阅"), "consent:sms"),
}
REASONS = ("row", "error_field", "error", "remedy")
"""Columns that a file of refused rows adds; such a file, mended, can be imported as it is."""
GUARDED = frozenset("=+-@\t\r")
_YES = frozenset({"yes", "y", "true", "t", "1", "granted", "opt-in", "subscribed", "是", "同意", "已订阅", "真"})
_NO = frozenset({"no", "n", "false", "f", "0", "denied", "opt-out", "unsubscribed", "否", "不同意", "未订阅", "假"})
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,12})?")
_BOOLEANS = {"true": True, "false": False, "True": True, "False": False, "TRUE": True, "FALSE": False}
Step: TypeAlias = "Callable[[Draft, Any], None]"


def suggest(columns: Sequence[str], target: Target) -> dict[str, Any]:
    """A mapping for these headers, guessed from their names in English and Chinese; each field is given once."""
    given: set[str] = set()
    chosen: dict[str, str] = {}
    told = set(REASONS) <= set(columns)
    for column in columns:
        if told and column in REASONS:
            chosen[column] = "ignore"
            continue
        field = _NAMES.get(re.sub(r"[\s_\-./]+", "", column).casefold(), "")
        if not field or field in given or not _is_field(field, target):
            prefix = "trait" if target == "customers" else "property"
            field = f"{prefix}:{column}"
        given.add(field)
        chosen[column] = field
    return {"columns": chosen}


def check_mapping(mapping: Any, columns: Sequence[str], target: Target) -> dict[str, Any]:
    """The mapping, whole; Invalid names the part that cannot be."""
    if not isinstance(mapping, dict) or not isinstance(mapping.get("columns", {}), dict):
        raise _bad(_("The mapping is not an object with columns."), _('Send {"columns": {"E-mail": "email"}}.'))
    chosen = {str(column): str(field) for column, field in mapping.get("columns", {}).items()}
    missing = [column for column in chosen if column not in columns]
    if missing:
        raise _bad(
            _("The file has no column %(names)s.") % {"names": ", ".join(missing[:5])},
            _("Choose among: %(names)s.") % {"names": ", ".join(columns[:50])},
        )
    _check_fields(chosen, columns, target)
    event = mapping.get("event")
    if target == "events" and not (isinstance(event, str) and event.strip()) and "event" not in chosen.values():
        raise _bad(
            _("No column and no constant says which event this is."), _('Set "event", for instance "Order Completed".')
        )
    return {"columns": chosen, "consents": _constant_consents(mapping.get("consents")), "event": str(event or "")[:255]}


def _check_fields(chosen: Mapping[str, str], columns: Sequence[str], target: Target) -> None:
    for field in chosen.values():
        if not _is_field(field, target):
            raise _bad(
                _("%(field)s is not something that a column can mean.") % {"field": field[:80]},
                _("Use %(names)s.") % {"names": ", ".join(_FIELDS[target])},
            )
    once = [field for field in chosen.values() if field != "ignore"]
    doubled = sorted({field for field in once if once.count(field) > 1})
    if doubled:
        raise _bad(_("Two columns mean %(field)s.") % {"field": doubled[0]}, _("Give each meaning to one column."))
    if not set(KEYS) & set(once):
        raise _bad(
            _("No column says which customer a row is about."),
            _("Map one of these to %(names)s: %(columns)s.")
            % {"names": ", ".join(KEYS), "columns": ", ".join(columns[:50])},
        )


def _is_field(field: str, target: Target) -> bool:
    kind, _colon, name = field.partition(":")
    if kind == "consent" and target == "customers":
        channel, _colon, purpose = name.partition(":")
        return channel in CHANNEL_IDENTITY and len(purpose) <= 50
    if kind == ("trait" if target == "customers" else "property"):
        return 0 < len(name) <= 200 and name.isprintable()
    return field in _FIELDS[target]


def _constant_consents(given: Any) -> dict[str, str]:
    consents = given or {}
    valid = isinstance(consents, dict) and all(
        channel in CHANNEL_IDENTITY and state in ("granted", "denied") for channel, state in consents.items()
    )
    if not valid:
        raise _bad(_("The consents of the mapping cannot be read."), _('Send for instance {"email": "granted"}.'))
    return dict(consents)


def _bad(message: str, remedy: str) -> Invalid:
    return Invalid(message, remedy=remedy, field="mapping")


class RowReader:
    """Turns a file's rows into inbox rows, by a checked mapping. `at` is the time of rows that carry none."""

    def __init__(self, mapping: Mapping[str, Any], columns: Sequence[str], target: Target, *, at: datetime) -> None:
        self._target = target
        self._event = mapping["event"] or None
        self._consents = {channel: {"marketing": state} for channel, state in mapping["consents"].items()}
        self._at = at.isoformat()
        default = "trait" if target == "customers" else "property"
        fields = [mapping["columns"].get(column, f"{default}:{column}") for column in columns]
        self._steps = [(place, columns[place], _step(field)) for place, field in enumerate(fields) if field != "ignore"]
        self._keys = ", ".join(column for column, field in zip(columns, fields, strict=True) if field in KEYS)

    def row(self, values: Sequence[Any], *, message_id: str, received: datetime) -> Row:
        """The inbox row of a file's row, values aligned with the columns; None and "" are absent. Raises BadRow."""
        draft = Draft(self._target, self._event, message_id)
        for place, column, step in self._steps:
            value = values[place]
            if isinstance(value, str):
                value = _unguarded(value.strip())
            if value is None or value == "":
                continue
            try:
                step(draft, value)
            except BadRow as bad:
                raise BadRow(bad.problem.code, column, **bad.problem.details) from None
        return self._finished(draft, received)

    def _finished(self, draft: Draft, received: datetime) -> Row:
        if not draft.keys:
            raise BadRow("no_customer", fields=self._keys)
        call = draft.call
        if self._target == "customers":
            call.timestamp = call.timestamp or self._at
            if self._consents or draft.consents:
                draft.values["consents"] = self._consents | draft.consents
        elif not call.event:
            raise BadRow("no_event")
        elif call.timestamp is None:
            raise BadRow("no_time")
        try:
            return row_of(call, received=received, keys=draft.keys)
        except (Invalid, TooLarge) as error:
            raise BadRow("refused", error.field or "", **refused(error).details) from None


class Draft:
    """A message while its row is read."""

    __slots__ = ("call", "consents", "keys", "values")

    def __init__(self, target: Target, event: str | None, message_id: str) -> None:
        self.values: dict[str, Any] = {}
        self.keys: dict[str, str] = {}
        self.consents: dict[str, dict[str, str]] = {}
        if target == "customers":
            self.call = Call(type="identify", message_id=message_id, traits=self.values)
        else:
            self.call = Call(type="track", message_id=message_id, event=event, properties=self.values)


def _unguarded(text: str) -> str:
    """Without the quote that keeps spreadsheet programs from running text as a formula."""
    return text[1:] if text[:1] == "'" and text[1:2] in GUARDED else text


def _step(field: str) -> Step:
    """What to do with the values of a column that means `field`."""
    kind, _colon, name = field.partition(":")
    if kind in ("trait", "property"):
        return lambda draft, value: draft.values.__setitem__(name, plain(value))
    if kind == "consent":
        channel, _colon, purpose = name.partition(":")
        return _consent_step(channel, purpose or "marketing")
    if kind in KEYS:
        return _key_step(kind)
    return _STEPS[kind]


def _key_step(kind: str) -> Step:
    def take(draft: Draft, value: Any) -> None:
        text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        try:
            draft.keys[kind] = normalise_identity(kind, text)
        except Invalid:
            raise BadRow("bad_phone" if kind == "phone" else "bad_identity", value=text, kind=kind) from None
        if draft.call.type == "identify" and kind in ("email", "phone"):
            draft.values[kind] = draft.keys[kind]

    return take


def _consent_step(channel: str, purpose: str) -> Step:
    def take(draft: Draft, value: Any) -> None:
        said = str(value).strip().casefold()
        if said not in _YES and said not in _NO:
            raise BadRow("bad_consent", value=str(value))
        draft.consents.setdefault(channel, {})[purpose] = "granted" if said in _YES else "denied"

    return take


def _take_event(draft: Draft, value: Any) -> None:
    draft.call.event = str(value)


def _take_time(draft: Draft, value: Any) -> None:
    draft.call.timestamp = moment_of(value).isoformat()


def _take_value(draft: Draft, value: Any) -> None:
    try:
        number = float(value.replace(",", "") if isinstance(value, str) else value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise BadRow("bad_value", value=str(value))
    draft.values["value"] = number


def _take_language(draft: Draft, value: Any) -> None:
    draft.values["language"] = str(value)


def _take_timezone(draft: Draft, value: Any) -> None:
    draft.values["timezone"] = str(value)


_STEPS: Mapping[str, Step] = {
    "event": _take_event,
    "timestamp": _take_time,
    "value": _take_value,
    "language": _take_language,
    "timezone": _take_timezone,
}


def plain(value: Any) -> Any:
    """A cell as JSON: text that is a number in canonical form becomes one ("01234" stays text), true a boolean."""
    if isinstance(value, str):
        return _plain_text(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return (value.replace(tzinfo=UTC) if value.tzinfo is None else value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, bool | int | list | dict) else str(value)


def _plain_text(text: str) -> Any:
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return _BOOLEANS.get(text, text)
