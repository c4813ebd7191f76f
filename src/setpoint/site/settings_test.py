"""Settings of the test suite: a home of its own, a fixed secret, cheap start."""

import os
import tempfile

os.environ.setdefault("SETPOINT_HOME", tempfile.mkdtemp(prefix="setpoint-test-"))
os.environ.setdefault("SETPOINT_SECRET_KEY", "test-secret-key-that-is-long-enough-for-hmac")

from setpoint.site.settings import *  # noqa: F403
