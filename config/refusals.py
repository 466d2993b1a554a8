"""What production refuses to start on. Read once at the end of settings; one sentence names everything wrong."""

from collections.abc import Mapping, Sequence
from typing import Any

SHORTEST_SECRET = 50


def faults(*, secret_key: str, dev_key: str, debug: bool, hosts: Sequence[str], origins: Sequence[str],
           database: Mapping[str, Any], workers: int, redis_url: str, site_url: str) -> list[str]:  # fmt: skip
    """Every setting that production may not run on, as sentences with the remedy. Empty: it may start."""
    found = []
    if not secret_key or secret_key == dev_key:
        found.append(
            "SECRET_KEY is not set, or is the one from development. Make one of 50 random characters."
        )
    elif len(secret_key) < SHORTEST_SECRET or len(set(secret_key)) < 10:
        found.append(f"SECRET_KEY is too weak. Make one of at least {SHORTEST_SECRET} random characters.")
    if debug:
        found.append("DEBUG is on.")
    if not hosts:
        found.append("ALLOWED_HOSTS is empty. Name the hosts the site is reached by.")
    if any("*" in host for host in hosts):
        found.append("ALLOWED_HOSTS has a wildcard. Name the hosts themselves.")
    if any("*" in origin for origin in origins):
        found.append("CSRF_TRUSTED_ORIGINS has a wildcard. Name the origins themselves.")
    if str(database["ENGINE"]).endswith("sqlite3"):
        if workers > 1:
            found.append(
                "SQLite serves one process. Set DATABASE_URL to PostgreSQL, or WEB_CONCURRENCY to 1."
            )
        if redis_url:
            found.append(
                "A worker beside the web means several processes: SQLite cannot serve them. Use PostgreSQL."
            )
    if site_url.startswith("http://"):
        found.append("SITE_URL is not https.")
    return found
