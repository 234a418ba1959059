"""Django's settings, made from `config.env`. Nothing here reads the environment itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict

from fleetward.config.env import env

ENV = env()
PACKAGE = Path(__file__).resolve().parent.parent

SECRET_KEY = ENV.secret_key.get_secret_value()
DEBUG = ENV.debug
ALLOWED_HOSTS = list(ENV.web.hosts)
ROOT_URLCONF = "fleetward.entry.urls"
WSGI_APPLICATION = "fleetward.entry.wsgi.application"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "django_htmx",
    "procrastinate.contrib.django",
    "fleetward.infra",
    "fleetward.audit",
    "fleetward.identity",
    "fleetward.notifications",
    "fleetward.tenancy",
    "fleetward.partners",
    "fleetward.access",
    "fleetward.connections",
    "fleetward.devices",
    "fleetward.warranty",
    "fleetward.support",
    "fleetward.agents",
    "fleetward.web",
    "fleetward.api",
    "fleetward.cli",
    "fleetward.entry",
]

MIDDLEWARE = [
    "fleetward.web.middleware.request_identity",
    "fleetward.web.probes.probes",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "fleetward.web.middleware.reader_language",
    "fleetward.web.middleware.own_password_first",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "fleetward.web.middleware.domain_errors",
]

GUARDED_TEMPLATES = "fleetward.web.guard.GuardedTemplates"
TEMPLATES: list[dict[str, Any]] = [
    {
        "NAME": "django",
        "BACKEND": GUARDED_TEMPLATES
        if DEBUG
        else "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "fleetward.web.render.default_page",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.l10n",
                "django.templatetags.static",
                "fleetward.web.templatetags.fleetward",
            ],
        },
    }
]


def database(url: str) -> dict[str, Any]:
    """Django's settings of a PostgreSQL URL (libpq's syntax, sockets included)."""
    parts = {k: str(v) for k, v in conninfo_to_dict(url).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": parts,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }


DATABASES = {"default": database(ENV.database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "infra_cache",
        # Counts of failed sign-ins live here: Django's 300 entries would let noise push them out.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

AUTH_USER_MODEL = "identity.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "fleetward.identity.passwords.AnotherThanGiven"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "fleetward.web.sign_in.ClosedSignUp"
ACCOUNT_FORMS = {"reset_password": "fleetward.web.forms.sign_in.ResetPassword"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Fleetward: "
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if ENV.is_https else "http"

EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if ENV.mail.host
    else "django.core.mail.backends.dummy.EmailBackend"
)
EMAIL_HOST, EMAIL_PORT = ENV.mail.host, ENV.mail.port
EMAIL_HOST_USER, EMAIL_USE_TLS = ENV.mail.user, ENV.mail.use_tls
EMAIL_HOST_PASSWORD = ENV.mail.password.get_secret_value()
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = ENV.mail.sender

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
LOCALE_PATHS = [PACKAGE / "locale"]
FORMAT_MODULE_PATH = ["fleetward.config.formats"]
USE_I18N = USE_TZ = USE_THOUSAND_SEPARATOR = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = ENV.data_dir.resolve() / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "fleetward.web.static_files.TolerantManifestStorage"
    },
}
WHITENOISE_USE_FINDERS = True

# `__Host-` needs HTTPS; plain HTTP is for loopback only (hardening, signing in).
_PREFIX = "__Host-" if ENV.is_https else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_PREFIX}session", f"{_PREFIX}csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.is_https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_TRUSTED_ORIGINS = [ENV.web.public_url] if ENV.is_https else []
CSRF_FAILURE_VIEW = "fleetward.web.errors.forged_form"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if ENV.is_https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.web.trusted_proxies else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF, "data:"],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
# Uploads above this size go to a temporary file and never through memory.
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "fleetward.web.uploads.SizeLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# E-mail addresses are unique without case, by a constraint on lower(email).
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
LOGGING_CONFIG = None
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
