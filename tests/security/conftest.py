"""What tests of security start from: cheap passwords, no tries counted."""

from __future__ import annotations

from setpoint.governance.tests.conftest import cheap_passwords, no_tries_yet

__all__ = ["cheap_passwords", "no_tries_yet"]
