"""All settings, read once from the environment. `.env.example` lists every variable."""

import os
import sys
from pathlib import Path

from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured

from config.env import BASE_DIR, DEV_SECRET_KEY, alert_webhooks, database, env, names, registries, text
from config.refusals import faults
from core.api.schema_parts import PROBLEM

DJANGO_ENV = text("DJANGO_ENV", "dev")
if DJANGO_ENV not in {"dev", "prod", "test"}:
    raise ImproperlyConfigured("DJANGO_ENV must be dev, prod or test.")
PROD = DJANGO_ENV == "prod"
TESTING = "pytest" in sys.modules or DJANGO_ENV == "test"
WORKER = "celery" in Path(sys.argv[0]).name or "worker" in sys.argv

DEBUG = False
SECRET_KEY = text("SECRET_KEY", "" if PROD else DEV_SECRET_KEY)
SECRET_KEY_FALLBACKS = names("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = names("ALLOWED_HOSTS") or ([] if PROD else ["localhost", "127.0.0.1", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = names("CSRF_TRUSTED_ORIGINS")
SITE_URL = text("SITE_URL", "http://127.0.0.1:8000")
USE_X_FORWARDED_HOST = False

ORG_NAME = text("ORG_NAME")
ORG_CURRENCY = text("ORG_CURRENCY", "EUR")

DATABASES = {
    "default": database(
        text("DATABASE_URL"),
        application="throughline-worker" if WORKER else "throughline-web",
        statement_timeout_ms=300_000 if WORKER or TESTING else 15_000,
        # Tests empty their tables; nothing else may truncate the audit log.
        extra=" -c throughline.allow_truncate=on" if TESTING else "",
    )
}
SQLITE = DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
if SQLITE and TESTING:
    # A file, not memory: threads and the live server share it, as in the embedded default.
    DATABASES["default"]["TEST"] = {"NAME": str(BASE_DIR / "var" / f"test-{os.getpid()}.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
BULK_COPY_CHUNK = 5_000

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "django_htmx",
    "lucide",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "core",
    "portfolio",
    "kpis",
    "pilots",
    "funding",
    "governance",
    "assurance",
    "exchange",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.middleware.RequestIdMiddleware",
    "core.security_headers.SecurityHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "core.middleware.SlashMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "builtins": ["core.templatetags.look", "django.templatetags.static"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context.page",
            ],
        },
        "APP_DIRS": True,
    }
]
FORM_RENDERER = "core.forms.Renderer"

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "core.sign_in.ClosedAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "20/m/ip,8/5m/key"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

REDIS_URL = text("REDIS_URL")
CACHES: dict[str, dict[str, object]] = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    if not REDIS_URL
    else {
        "BACKEND": "core.cache.SurvivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "throughline",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "__Host-sessionid" if PROD else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if PROD else "csrftoken"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "core.errors.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PROD
if PROD:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    if env.bool("TRUSTED_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:", "blob:"],
    "connect-src": ["'self'"],
    "font-src": ["'self'"],
    "form-action": ["'self'"],
    "object-src": ["'none'"],
    "frame-ancestors": ["'none'"],
    "base-uri": ["'none'"],
}

LANGUAGE_CODE = "en-gb"
ORG_TIME_ZONE = text("TIME_ZONE", "UTC")  # "today" is the organisation's day
TIME_ZONE = ORG_TIME_ZONE
USE_TZ = True
USE_I18N = False

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "core.finders.PlotlyFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PROD
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not PROD  # without a staticfiles folder to warn about
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
MEDIA_ROOT = Path(text("MEDIA_ROOT", str(BASE_DIR / "var" / "media")))
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000
DATA_UPLOAD_MAX_NUMBER_FILES = 10
UPLOAD_MAX_BYTES = 25_000_000
FILE_UPLOAD_HANDLERS = [
    "core.uploads.BoundedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = text("DEFAULT_FROM_EMAIL", "throughline@localhost")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "core.tokens.TokenAuthentication",
        "core.tokens.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["core.api.auth.Declared"],
    "DEFAULT_RENDERER_CLASSES": ["core.api.json.Renderer"],
    "DEFAULT_PARSER_CLASSES": ["core.api.json.StrictParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "core.api.json.Negotiation",
    "DEFAULT_SCHEMA_CLASS": "core.api.schema.Schema",
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS tells nothing: the schema does
    "DEFAULT_THROTTLE_CLASSES": ["core.api.throttle.CallerThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": text("API_RATE", "6000/min"), "anon": "60/min"},
    "EXCEPTION_HANDLER": "core.api.problems.handler",
    "URL_FORMAT_OVERRIDE": None,
    "NUM_PROXIES": env.int("NUM_PROXIES", default=0),
    "COERCE_DECIMAL_TO_STRING": True,
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Throughline API",
    "DESCRIPTION": "Portfolio, KPIs, pilots and the model inventory. Within v1 there are only additions.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "APPEND_COMPONENTS": {"schemas": {"Problem": PROBLEM}},
    "ENUM_NAME_OVERRIDES": {
        "KpiKindEnum": "kpis.models.Kpi.Kind",
        "KpiChangeReasonEnum": "kpis.models.KpiVersion.ReasonCode",
        "BenefitKindEnum": "portfolio.models.BenefitEntry.Kind",
        "RoleEnum": "core.models.Role",
        "AttendeeRoleEnum": "kpis.services.workshops.Role",
        "MonitorKindEnum": "assurance.models.monitoring.KINDS",
        "DirectionEnum": "kpis.models.KpiVersion.Direction",
        "RetrainingDirectionEnum": "assurance.models.monitoring.DIRECTIONS",
        "MetricEnum": "kpis.models.Kpi.Metric",
        "MonitorMetricEnum": "assurance.api.monitoring.METRICS",
        "IntegrationKindEnum": "assurance.models.Integration.Kind",
        "IntegrationStatusEnum": "assurance.models.Integration.Status",
        "GroupRoleEnum": "portfolio.models.people.GROUP_ROLES",
        "RiskTierEnum": "portfolio.models.initiatives.TIERS",
        "StageEnum": "governance.api.model_shapes.STAGES",
        "GradeEnum": "assurance.models.changes.LEVELS",
        "ChangeMaterialityEnum": "assurance.models.ChangeRequest.Materiality",
        "EthicsKindEnum": "domain.ethics.KINDS",
        "EthicsOutcomeEnum": "domain.ethics.OUTCOMES",
        "ValidationOutcomeEnum": "assurance.models.Validation.Outcome",
        "FindingSeverityEnum": "domain.model_life.SEVERITIES",
        "IncidentSeverityEnum": "assurance.api.life_duties.SEVERITY",
    },
    "SORT_OPERATIONS": True,
}

# Celery. The database row is the job, the message only a nudge (core/outbox.py).
CELERY_BROKER_URL = REDIS_URL or "memory://localhost/"
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_RETRY_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 300_000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_POOL_ACQUIRE_TIMEOUT = 2
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "visibility_timeout": 900,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 1,
        "socket_timeout": 30 if WORKER else 2,
        "socket_keepalive": True,
        "global_keyprefix": text("REDIS_PREFIX", "throughline:"),
    }
    if REDIS_URL
    else {"polling_interval": 0.01}
)
CELERY_TASK_ALWAYS_EAGER = False
# Each entry expires before its next run, so a stalled worker never replays a backlog.
CELERY_BEAT_SCHEDULE = {
    "drain the outbox": {
        "task": "core.tasks.drain_outbox",
        "schedule": 15.0,
        "options": {"expires": 14},
    },
    "sweep expired judgements": {
        "task": "governance.tasks.sweep",
        "schedule": 30.0,
        "options": {"expires": 29},
    },
    "remind and send": {
        "task": "core.tasks.remind_people",
        "schedule": 60.0,
        "options": {"expires": 59},
    },
    "housekeeping": {
        "task": "core.tasks.housekeeping",
        "schedule": crontab(minute=17),
        "options": {"expires": 3000},
    },
    "old previews": {
        "task": "exchange.tasks.tidy",
        "schedule": crontab(hour=3, minute=41),
        "options": {"expires": 3000},
    },
}

LOG_LEVEL = text("LOG_LEVEL", "INFO" if PROD else "WARNING")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "core.logs.JsonFormatter"},
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": text("LOG_FORMAT", "json" if PROD else "plain"),
        }
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
}
MODEL_REGISTRIES = registries()
ALERT_WEBHOOKS = alert_webhooks()
METRICS_TOKEN = text("METRICS_TOKEN")
FAILPOINT = text("FAILPOINT") if not PROD else ""

if PROD:
    _faults = faults(
        secret_key=SECRET_KEY, dev_key=DEV_SECRET_KEY, debug=DEBUG, hosts=ALLOWED_HOSTS, origins=CSRF_TRUSTED_ORIGINS,
        database=DATABASES["default"], workers=env.int("WEB_CONCURRENCY", default=2), redis_url=REDIS_URL, site_url=SITE_URL,
    )  # fmt: skip
    if _faults and "collectstatic" not in sys.argv:
        raise ImproperlyConfigured("Production does not start: " + " ".join(_faults))
