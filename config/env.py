"""Environment variables, each `X` also as `X_FILE`. Nothing set means the embedded default."""

from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from core.outgoing import origin_of
from core.signing import read_secret

BASE_DIR = Path(__file__).resolve().parent.parent
DEV_SECRET_KEY = "throughline-development-key-never-use-in-production-0000000000"  # noqa: S105  named as unsafe, refused in prod

env = environ.FileAwareEnv()


def text(name: str, default: str = "") -> str:
    """The variable as text, or what `NAME_FILE` points to, stripped."""
    return str(env.str(name, default=default)).strip()


def names(name: str) -> list[str]:
    """A comma-separated variable as a list, without empty parts."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


def registries() -> dict[str, str]:
    """MODEL_REGISTRIES (`NAME=https://host:port`, comma-separated) as origin -> token, from MODEL_REGISTRY_TOKENS (`NAME=token`).

    A token is read beside the address it belongs to, so that nobody can have it sent anywhere else.
    """
    tokens = dict(_pair(entry, "MODEL_REGISTRY_TOKENS") for entry in names("MODEL_REGISTRY_TOKENS"))
    out: dict[str, str] = {}
    for entry in names("MODEL_REGISTRIES"):
        name, url = _pair(entry, "MODEL_REGISTRIES")
        origin = origin_of(url)
        if not origin:
            raise ImproperlyConfigured(f"MODEL_REGISTRIES: {name} is not NAME=https://host:port.")
        out[origin] = tokens.pop(name, "")
    if tokens:
        raise ImproperlyConfigured(f"MODEL_REGISTRY_TOKENS: {min(tokens)} is no name of MODEL_REGISTRIES.")
    return out


def alert_webhooks() -> dict[str, tuple[str, str]]:
    """ALERT_WEBHOOKS (`NAME=https://host/path`) as name -> address and secret, from ALERT_WEBHOOK_SECRETS (`NAME=whsec_...`)."""
    secrets = dict(_pair(entry, "ALERT_WEBHOOK_SECRETS") for entry in names("ALERT_WEBHOOK_SECRETS"))
    out: dict[str, tuple[str, str]] = {}
    for entry in names("ALERT_WEBHOOKS"):
        name, url = _pair(entry, "ALERT_WEBHOOKS")
        if not origin_of(url):
            raise ImproperlyConfigured(f"ALERT_WEBHOOKS: {name} is not NAME=https://host/path.")
        secret = secrets.pop(name, "")
        try:
            read_secret(secret)
        except ValueError as error:
            raise ImproperlyConfigured(f"ALERT_WEBHOOK_SECRETS: {name}: {error}") from error
        out[name] = (url, secret)
    if secrets:
        raise ImproperlyConfigured(f"ALERT_WEBHOOK_SECRETS: {min(secrets)} is no name of ALERT_WEBHOOKS.")
    return out


def _pair(entry: str, variable: str) -> tuple[str, str]:
    name, _, value = entry.partition("=")
    if not name.strip() or not value.strip():
        raise ImproperlyConfigured(f"{variable}: write NAME=value, comma-separated.")
    return name.strip(), value.strip()


def database(url: str, *, application: str, statement_timeout_ms: int, extra: str = "") -> dict[str, object]:
    """DATABASE_URL as Django's DATABASES entry.

    PostgreSQL gets short connect, lock and statement timeouts so that one stuck query never takes the site
    with it. SQLite gets WAL and IMMEDIATE transactions: with deferred ones most concurrent
    read-then-write transactions fail with "database is locked".
    """
    if not url:
        var = BASE_DIR / "var"
        var.mkdir(exist_ok=True)
        url = f"sqlite:///{var / 'app.sqlite3'}"
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path = unquote(parts.path)[1:] if parts.path.startswith("//") else unquote(parts.path)
        return _sqlite(path)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            f"DATABASE_URL: {parts.scheme!r} is not known. Use postgres:// or sqlite:///."
        )
    options: dict[str, object] = {
        "connect_timeout": 3,
        "application_name": application,
        "keepalives": 1,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "options": (
            f"-c statement_timeout={statement_timeout_ms} -c lock_timeout=3000"
            f" -c idle_in_transaction_session_timeout=60000 -c jit=off{extra}"
        ),
        **dict(parse_qsl(parts.query)),
    }
    return {
        "ENGINE": "core.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def _sqlite(path: str) -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        # Kept open with its page cache: opening a file anew costs more than most requests.
        "CONN_MAX_AGE": 60,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864;"
                "PRAGMA cache_size=-32000;"
            ),
        },
    }
