"""Money as whole micros: millionths of a currency's main unit, in integers, so that a message at 0.0012 is exact.

Sums never touch floating point; decimals appear only at the edges.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from setpoint.kernel.errors import Invalid

MICROS = 1_000_000
_ZERO_DECIMAL_CURRENCIES = frozenset({"JPY", "KRW", "VND", "CLP"})
_SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "JP¥"}


def to_micros(amount: Decimal | int | float | str, *, field: str = "amount") -> int:
    """Micros of an amount in the currency's main unit (12.5 -> 12_500_000). Refuses what is not a finite number."""
    try:
        exact = Decimal(str(amount))
    except InvalidOperation:
        raise Invalid(
            f"{amount!r} is not an amount of money.", remedy="Write a number such as 12.50.", field=field
        ) from None
    if not exact.is_finite() or abs(exact) > 10**12:
        raise Invalid(f"{amount} is not an amount we can keep.", remedy="Stay below 1,000,000,000,000.", field=field)
    return int((exact * MICROS).to_integral_value(ROUND_HALF_EVEN))


def to_decimal(micros: int) -> Decimal:
    """The amount in the currency's main unit, exact."""
    return Decimal(micros) / MICROS


def to_float(micros: int) -> float:
    """The amount in the currency's main unit, for statistics only, never for sums of money."""
    return micros / MICROS


def format_money(micros: int, currency: str) -> str:
    """A person's form: "¥1,240.50". Rounded to the currency's own decimals."""
    places = 0 if currency in _ZERO_DECIMAL_CURRENCIES else 2
    amount = to_decimal(micros)
    sign = "-" if amount < 0 else ""
    symbol = _SYMBOLS.get(currency, f"{currency} ")
    return f"{sign}{symbol}{abs(amount):,.{places}f}"
