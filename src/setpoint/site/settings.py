"""Django's settings. The one module that reads the environment."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from setpoint.kernel import clock

HOME = Path(os.environ.get("SETPOINT_HOME", "var")).resolve()


def _secret_key() -> str:
    """The signing and encryption secret: from the environment, else made once and kept readable by the owner alone."""
    if given := os.environ.get("SETPOINT_SECRET_KEY"):
        return given
    kept = HOME / "secret.key"
    if not kept.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return kept.read_text()


def _database(url: str | None) -> dict[str, Any]:
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": HOME / "setpoint.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=wal;PRAGMA synchronous=normal;PRAGMA cache_size=-65536;",
            },
        }
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        "CONN_MAX_AGE": 60,
    }


SECRET_KEY = _secret_key()
DEBUG = os.environ.get("SETPOINT_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("SETPOINT_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",")
SETPOINT_HOME = HOME
SETPOINT_LAKE = os.environ.get("SETPOINT_LAKE", str(HOME / "lake"))
SETPOINT_ENGINE = os.environ.get("SETPOINT_ENGINE", "duckdb")
SETPOINT_BASE_URL = os.environ.get("SETPOINT_BASE_URL", "http://127.0.0.1:8000")
SETPOINT_WORKER = os.environ.get("SETPOINT_WORKER", "")
SETPOINT_SIMULATED = os.environ.get("SETPOINT_CLOCK") == "simulated"

if SETPOINT_SIMULATED:
    clock.use(clock.FileClock(HOME / "clock"))

DATABASES = {"default": _database(os.environ.get("SETPOINT_DATABASE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "setpoint.governance",
    "setpoint.customers",
    "setpoint.events",
    "setpoint.content",
    "setpoint.delivery",
    "setpoint.segments",
    "setpoint.autopilot",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "setpoint.site.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.i18n"]},
    }
]
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [Path(__file__).resolve().parent.parent / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
DATA_UPLOAD_MAX_MEMORY_SIZE = 600 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": os.environ.get("SETPOINT_LOG_LEVEL", "WARNING")},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
