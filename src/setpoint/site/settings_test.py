"""Settings of the test suite: a home of its own, a fixed secret, cheap start."""

import os
import tempfile

os.environ.setdefault("SETPOINT_HOME", tempfile.mkdtemp(prefix="setpoint-test-"))
os.environ.setdefault("SETPOINT_SECRET_KEY", "test-secret-key-that-is-long-enough-for-hmac")

from setpoint.site.settings import *  # noqa: F403

if DATABASES["default"]["ENGINE"] == "setpoint.site.sqlite":  # noqa: F405
    # In memory. pytest-django knows that of Django's own SQLite alone; to other names it appends the worker's.
    DATABASES["default"]["TEST"] = {"NAME": "file:memorydb_default?mode=memory&cache=shared&worker="}  # noqa: F405
