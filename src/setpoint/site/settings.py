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
            "ENGINE": "setpoint.site.sqlite",
            "NAME": HOME / "setpoint.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=wal;PRAGMA synchronous=normal;PRAGMA cache_size=-65536;"
                "PRAGMA wal_autocheckpoint=20000;",
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
SETPOINT_HOME = HOME
SETPOINT_LAKE = os.environ.get("SETPOINT_LAKE", str(HOME / "lake"))
SETPOINT_ENGINE = os.environ.get("SETPOINT_ENGINE", "duckdb")
SETPOINT_BASE_URL = os.environ.get("SETPOINT_BASE_URL", "http://127.0.0.1:8000")
_OWN_HOST = urlsplit(SETPOINT_BASE_URL).hostname or "localhost"
ALLOWED_HOSTS = os.environ.get("SETPOINT_HOSTS", f"localhost,127.0.0.1,[::1],{_OWN_HOST}").split(",")
SETPOINT_SOURCE_FOLDERS = os.environ.get("SETPOINT_SOURCE_FOLDERS", "")
SETPOINT_WORKER = os.environ.get("SETPOINT_WORKER", "")
SETPOINT_BODY_SECONDS = float(os.environ.get("SETPOINT_BODY_SECONDS", "30"))
SETPOINT_SIMULATED = os.environ.get("SETPOINT_CLOCK") == "simulated"

if SETPOINT_SIMULATED:
    clock.use(clock.FileClock(HOME / "clock"))

DATABASES = {"default": _database(os.environ.get("SETPOINT_DATABASE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "setpoint.site",
    "ninja",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "setpoint.governance",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.headless",
    "setpoint.customers",
    "setpoint.events",
    "setpoint.content",
    "setpoint.delivery",
    "setpoint.sources",
    "setpoint.segments",
    "setpoint.segments.following",
    "setpoint.insights",
    "setpoint.autopilot",
    "setpoint.destinations",
    "setpoint.site.company",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "setpoint.governance.middleware.guard",
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
LANGUAGE_COOKIE_NAME = "setpoint_language"
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
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

# Accounts: who signs in, how long a session lives, how mail about accounts goes out.
SETPOINT_IDLE_MINUTES = int(os.environ.get("SETPOINT_IDLE_MINUTES", "15"))
SETPOINT_SESSION_HOURS = int(os.environ.get("SETPOINT_SESSION_HOURS", "12"))
SETPOINT_MAIL = os.environ.get("SETPOINT_MAIL", "")
_SECURE = SETPOINT_BASE_URL.startswith("https://")
AUTH_USER_MODEL = "governance.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
PASSWORD_RESET_TIMEOUT = 60 * 60
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "setpoint.governance.passwords.MaximumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "governance_cache",
        # Culling drops counted tries to sign in, so it must stay out of reach of whoever would like that.
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    }
}
SESSION_ENGINE = "setpoint.governance.sessions"
SESSION_COOKIE_NAME = "__Host-setpoint" if _SECURE else "setpoint"
SETPOINT_DEVICE_COOKIE = f"{SESSION_COOKIE_NAME}_device"
SESSION_COOKIE_AGE = SETPOINT_IDLE_MINUTES * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _SECURE
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [SETPOINT_BASE_URL.rstrip("/")]
CSRF_FAILURE_VIEW = "setpoint.governance.middleware.cross_site"
MESSAGE_STORAGE = "setpoint.governance.middleware.NoMessages"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _SECURE
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
ACCOUNT_ADAPTER = "setpoint.governance.accounts.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "setpoint.governance.fields.SignUpFields"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "20/m/ip,5/15m/key",
    "signup": "20/m/ip",
    "reset_password": "20/m/ip,3/15m/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("SETPOINT_TRUSTED_PROXIES", "0"))
HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("browser",)
HEADLESS_FRONTEND_URLS = {
    "account_signup": f"{SETPOINT_BASE_URL}/sign-up",
    "account_reset_password": f"{SETPOINT_BASE_URL}/forgot-password",
    "account_reset_password_from_key": f"{SETPOINT_BASE_URL}/reset-password/{{key}}",
    "account_confirm_email": f"{SETPOINT_BASE_URL}/sign-in",
}
MFA_ADAPTER = "setpoint.governance.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_RECOVERY_CODE_COUNT = 10
MFA_ALLOW_UNVERIFIED_EMAIL = True
if SETPOINT_MAIL:
    _mail = urlsplit(SETPOINT_MAIL)
    EMAIL_HOST, EMAIL_PORT = _mail.hostname or "localhost", _mail.port or 25
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
    EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.scheme == "smtp+tls", _mail.scheme == "smtps"
    EMAIL_TIMEOUT = 20
    DEFAULT_FROM_EMAIL = os.environ.get("SETPOINT_MAIL_FROM", "") or f"setpoint@{_mail.hostname}"
