"""docker-compose.yml and .env.example: that they fit each other, the settings, and the promises made."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
OWN = ("web", "worker", "beat", "migrate")
LASTING = ("web", "worker", "beat", "db", "redis")
# Names that another program reads, each with the reason it may stand beside the product's own.
OTHERS = {
    "FORWARDED_ALLOW_IPS": "gunicorn",
    "POSTGRES_INITDB_ARGS": "the PostgreSQL image",
    "POSTGRES_PASSWORD": "the PostgreSQL image",
    "THROUGHLINE_VERSION": "compose: the tag of the image",
    "WEB_BIND": "compose: the address the port is opened on",
    "WEB_PORT": "compose: the port that is opened",
    "WORKER_CONCURRENCY": "compose: an argument of the worker",
}
NOT_SETTINGS = {
    "CHROMIUM_PATH": "dev.py and the browser tests read it",
    "OIDC_SERVER_URL": "kept for later",
    "OIDC_CLIENT_ID": "kept for later",
    "OIDC_CLIENT_SECRET": "kept for later",
    "FIELD_ENCRYPTION_KEY": "kept for later",
}
# Settings that make no sense in a compose file for production.
NOT_DEPLOYED = {
    "FAILPOINT": "ignored in prod",
    "REDIS_PREFIX": "compose brings a Redis of its own",
    "SECRET_KEY_FALLBACKS": "a secret for the weeks of a rotation; given as a file then",
}
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<how>[-?])(?P<rest>[^}]*))?\}")


def compose() -> dict[str, Any]:
    """The file as YAML, anchors and merges resolved, variables not."""
    read = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert isinstance(read, dict)
    return read


def service(name: str) -> dict[str, Any]:
    """One service of the file."""
    found = compose()["services"][name]
    assert isinstance(found, dict)
    return found


def filled(text: str, **given: str) -> str:
    """Put values in for ${NAME}, ${NAME:-default} and ${NAME:?message} as compose does, and $$ back to $."""

    def value(match: re.Match[str]) -> str:
        if match["name"] in given:
            return given[match["name"]]
        if match["how"] == "-":
            return match["rest"]
        raise KeyError(f"{match['name']}: {match['rest']}")

    return "$".join(VARIABLE.sub(value, part) for part in text.split("$$"))


def seconds(duration: str) -> int:
    """A compose duration such as 5m30s, in seconds."""
    parts = re.fullmatch(r"(?:(\d+)m)?(?:(\d+)s)?", duration)
    assert parts, duration
    return 60 * int(parts[1] or 0) + int(parts[2] or 0)


def example_names() -> dict[str, str]:
    """.env.example: name -> value, of the lines that are set and those that show a default."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    return {m[1]: m[2] for line in lines if (m := re.match(r"#?([A-Z][A-Z0-9_]*)=(.*)$", line))}


def names_read_by_settings() -> set[str]:
    """Every environment variable that config/ reads, found in its syntax tree."""
    readers = {"text", "names", "env"}
    found = set()
    for path in (ROOT / "config").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func.value if isinstance(node.func, ast.Attribute) else node.func
            first = node.args[0]
            if isinstance(called, ast.Name) and called.id in readers and isinstance(first, ast.Constant):
                found.add(str(first.value))
    return found


def environment(name: str) -> dict[str, str | None]:
    """The environment of a service, secrets under their plain name."""
    given: dict[str, str | None] = service(name).get("environment", {})
    return {key.removesuffix("_FILE"): value for key, value in given.items()}


# --- Services ----------------------------------------------------------------------------------


def test_there_are_web_worker_beat_migration_database_and_redis() -> None:
    assert set(compose()["services"]) == {*OWN, "db", "redis"}


def test_the_four_own_processes_are_one_image() -> None:
    assert len({service(name)["image"] for name in OWN}) == 1
    assert len({json.dumps(service(name)["build"]) for name in OWN}) == 1


@pytest.mark.parametrize("name", LASTING)
def test_everything_that_stays_up_has_a_health_check_and_time_to_stop(name: str) -> None:
    check = service(name)["healthcheck"]
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert seconds(check["timeout"]) <= seconds(check["interval"])
    assert check["retries"] >= 2
    assert "stop_grace_period" in service(name)


@pytest.mark.parametrize("name", [*LASTING, "migrate"])
def test_nothing_runs_as_root_or_writes_outside_its_volumes(name: str) -> None:
    this = service(name)
    assert this["user"].partition(":")[0] not in ("", "0", "root")
    assert this["read_only"] is True
    assert "/tmp" in this["tmpfs"]
    assert this["cap_drop"] == ["ALL"]
    assert this["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in this


def test_only_web_has_a_port_and_it_opens_on_this_machine_only() -> None:
    assert [name for name in compose()["services"] if service(name).get("ports")] == ["web"]
    assert [filled(port) for port in service("web")["ports"]] == ["127.0.0.1:8000:8000"]


def test_database_and_redis_are_reached_by_the_product_alone() -> None:
    assert compose()["networks"]["back"] == {"internal": True}
    assert service("db")["networks"] == service("redis")["networks"] == ["back"]


def test_data_lies_in_named_volumes() -> None:
    named = set(compose()["volumes"])
    mounts = {name: service(name).get("volumes", []) for name in compose()["services"]}
    used = {mount.partition(":")[0] for each in mounts.values() for mount in each}
    assert used == named == {"db", "redis", "media"}
    assert mounts["web"] == mounts["worker"] == [f"media:{environment('web')['MEDIA_ROOT']}"]


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_nothing_starts_before_the_schema_is_there(name: str) -> None:
    waits = {on: how["condition"] for on, how in service(name)["depends_on"].items()}
    assert waits == {
        "migrate": "service_completed_successfully",
        "db": "service_healthy",
        "redis": "service_healthy",
    }


def test_the_migration_runs_once_after_the_database_answers() -> None:
    assert service("migrate")["restart"] == "no"
    assert service("migrate")["depends_on"]["db"] == {"condition": "service_healthy"}
    assert service("migrate")["command"][:3] == ["python", "manage.py", "migrate"]


def test_there_is_one_beat() -> None:
    assert service("beat")["deploy"] == {"replicas": 1}


def test_web_is_given_longer_to_stop_than_its_requests() -> None:
    graceful = next(int(arg.partition("=")[2]) for arg in service("web")["command"] if "graceful" in arg)
    assert seconds(service("web")["stop_grace_period"]) > graceful


def test_a_worker_is_given_longer_to_stop_than_any_task_may_take() -> None:
    grace = seconds(service("worker")["stop_grace_period"])
    assert grace > settings.CELERY_TASK_SOFT_TIME_LIMIT
    assert grace > settings.CELERY_TASK_TIME_LIMIT


def test_redis_keeps_what_it_was_given() -> None:
    argv = service("redis")["command"]
    options = dict(zip(argv[1::2], argv[2::2], strict=True))
    assert options["--appendonly"] == "yes"
    assert options["--maxmemory-policy"] == "noeviction"


def test_the_database_is_healthy_only_once_it_answers_over_the_network() -> None:
    assert "--host=127.0.0.1" in service("db")["healthcheck"]["test"]


def test_web_is_healthy_only_when_it_is_ready() -> None:
    assert "/readyz" in service("web")["healthcheck"]["test"][-1]


def test_the_commands_that_are_run_exist_in_the_lock() -> None:
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert service("web")["command"][0] == "gunicorn"
    assert service("worker")["command"][0] == service("beat")["command"][0] == "celery"
    assert re.search(r"^gunicorn==", lock, re.MULTILINE)
    assert re.search(r"^celery==", lock, re.MULTILINE)


# --- Secrets -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*LASTING, "migrate"])
def test_each_secret_is_a_file_and_no_value_stands_in_the_file(name: str) -> None:
    this = service(name)
    secret_names = (
        "SECRET_KEY",
        "DATABASE_URL",
        "REDIS_URL",
        "EMAIL_URL",
        "METRICS_TOKEN",
        "POSTGRES_PASSWORD",
    )
    given = this.get("environment", {})
    assert not set(secret_names) & set(given)
    for key, value in given.items():
        if key.endswith("_FILE"):
            assert value.startswith("/run/secrets/")
            assert value.rpartition("/")[2] in this["secrets"]
    assert set(this["secrets"]) <= set(compose()["secrets"])


def recipe(into: Path) -> None:
    """Run the commands of the file's own heading that make the secrets, in an empty folder."""
    heading = (ROOT / "docker-compose.yml").read_text(encoding="utf-8").partition("\nname:")[0]
    lines = [line.removeprefix("#   ") for line in heading.splitlines() if line.startswith("#   ")]
    script = "\n".join(line for line in lines if not line.startswith("cp "))
    subprocess.run(["sh", "-euc", script], cwd=into, check=True)


def test_the_recipe_in_the_heading_makes_every_secret(tmp_path: Path) -> None:
    recipe(tmp_path)
    for name, where in compose()["secrets"].items():
        made = tmp_path / where["file"]
        assert made.read_text(encoding="utf-8").strip(), name
        assert made.stat().st_mode & 0o777 == 0o444
    secrets = tmp_path / "secrets"
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert (secrets / "app_password").read_text().strip() in (secrets / "database_url").read_text()
    assert (secrets / "redis_password").read_text().strip() in (secrets / "redis_acl").read_text()
    assert len((secrets / "secret_key").read_text().strip()) >= 50


def test_secrets_stay_out_of_the_repository_and_of_the_image(tmp_path: Path) -> None:
    assert "secrets" in (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    ignored = subprocess.run(["git", "check-ignore", "-q", "secrets/secret_key"], cwd=ROOT)
    assert ignored.returncode in (0, 128)  # 128: not a git work tree


# --- Names -------------------------------------------------------------------------------------


def test_the_example_lists_every_variable_that_is_read() -> None:
    assert names_read_by_settings() - set(example_names()) == set()


def test_the_example_lists_nothing_that_nobody_reads() -> None:
    assert set(example_names()) - names_read_by_settings() == {*NOT_SETTINGS, *OTHERS} - {
        "POSTGRES_INITDB_ARGS",
        "POSTGRES_PASSWORD",
    }


def test_a_later_release_that_reads_a_kept_name_must_say_so() -> None:
    assert names_read_by_settings() & set(NOT_SETTINGS) == set()


@pytest.mark.parametrize("name", [*LASTING, "migrate"])
def test_every_variable_that_compose_sets_is_read_by_somebody(name: str) -> None:
    assert set(environment(name)) - names_read_by_settings() - set(OTHERS) == set()


@pytest.mark.parametrize("name", OWN)
def test_every_setting_can_be_given_through_compose(name: str) -> None:
    assert names_read_by_settings() - set(environment(name)) == set(NOT_DEPLOYED)


def test_every_variable_that_compose_fills_in_is_in_the_example() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    asked = {match["name"] for match in VARIABLE.finditer(text.replace("$$", ""))}
    assert asked <= set(example_names())


@pytest.mark.parametrize("name", ["SITE_URL", "ALLOWED_HOSTS"])
def test_compose_does_not_start_without_an_address(name: str) -> None:
    value = environment("web")[name]
    assert value is not None
    with pytest.raises(KeyError, match=name):
        filled(value)
    assert filled(value, **{name: "here"}) == "here"


def read_settings(tmp_path: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a fresh process with exactly these variables."""
    show = (
        "import json; from config import settings as s;"
        "print(json.dumps({n: str(getattr(s, n)) for n in dir(s) if n.isupper()}))"
    )
    return subprocess.run(
        [sys.executable, "-c", show],
        cwd=ROOT,
        env={"PATH": "/usr/bin", **env},
        capture_output=True,
        text=True,
    )


def test_the_settings_read_what_compose_and_its_secrets_give(tmp_path: Path) -> None:
    recipe(tmp_path)
    given = {}
    for key, value in service("web")["environment"].items():
        if value is not None:
            value = filled(str(value), SITE_URL="https://here.example", ALLOWED_HOSTS="here.example")
            given[key] = value.replace("/run/secrets", str(tmp_path / "secrets"))
    done = read_settings(tmp_path, **given)
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout)
    assert read["DEBUG"] == "False"
    assert read["ALLOWED_HOSTS"] == "['here.example']"
    assert read["SECRET_KEY"] == (tmp_path / "secrets/secret_key").read_text().strip()
    assert "'ENGINE': 'core.postgresql'" in read["DATABASES"]
    assert (tmp_path / "secrets/app_password").read_text().strip() in read["DATABASES"]
    assert read["CELERY_BROKER_URL"].startswith("redis://throughline:")
    assert read["SECURE_PROXY_SSL_HEADER"] == "('HTTP_X_FORWARDED_PROTO', 'https')"


@pytest.mark.parametrize("line", ["DJANGO_ENV=staging", "DATABASE_URL=mysql://here/x"])
def test_a_setting_that_is_not_known_is_refused_in_a_sentence(tmp_path: Path, line: str) -> None:
    name, _, value = line.partition("=")
    done = read_settings(tmp_path, **{name: value})
    assert done.returncode != 0
    assert name in done.stderr.splitlines()[-1]


def test_the_example_copied_as_it_is_sets_only_the_address() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    assert [line.partition("=")[0] for line in lines if line and not line.startswith("#")] == [
        "SITE_URL",
        "ALLOWED_HOSTS",
    ]
