"""What a stranger gets for one command: web, worker and beat in one process, asked by a real browser's requests."""

import http.cookiejar
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from exchange.demo.people import PASSWORD, SIGN_INS
from tests.house.real import Real, free_port

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
READY = "Stop with Ctrl-C"
ARGV = [sys.executable, "-u", "manage.py", "quickstart"]


class House:
    """The running process, and where it is."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        names = {"REDIS_URL", "DATABASE_URL", "LOG_LEVEL", "PYTEST_CURRENT_TEST"}
        kept = {k: v for k, v in os.environ.items() if k not in names}
        database = f"sqlite:///{folder / 'house.sqlite3'}"
        self.env: Mapping[str, str] = {**kept, "DATABASE_URL": database, "DJANGO_ENV": "dev"}

    def start(self, port: int, log: str) -> Real:
        argv = [*ARGV, "--port", str(port)]
        return Real(argv, log=self.folder / log, ready=READY, port=port, env=self.env, cwd=ROOT, timeout=300)


class Browser:
    """A visitor with cookies."""

    def __init__(self, port: int) -> None:
        self.site = f"http://127.0.0.1:{port}"
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def get(self, path: str) -> str:
        return str(self.opener.open(self.site + path, timeout=30).read().decode())

    def sign_in(self, address: str, password: str = PASSWORD) -> "Browser":
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get("/accounts/login/"))
        assert found is not None
        said = {"csrfmiddlewaretoken": found[1], "login": address, "password": password}
        answer = self.opener.open(
            f"{self.site}/accounts/login/", urllib.parse.urlencode(said).encode(), timeout=30
        )
        self.landed = urllib.parse.urlsplit(answer.url).path
        return self

    def read(self, path: str) -> Any:
        return json.loads(self.get(path))

    def send(self, path: str, said: object) -> Any:
        crumb = next(cookie.value for cookie in self.jar if cookie.name == "csrftoken")
        headers = {"Content-Type": "application/json", "X-CSRFToken": crumb or "", "Origin": self.site}
        request = urllib.request.Request(self.site + path, json.dumps(said).encode(), headers)
        return json.loads(self.opener.open(request, timeout=30).read())

    def kpi(self, name: str) -> Any:
        found = self.read(f"/api/v1/kpis/?q={urllib.parse.quote(name)}")["results"]
        return next(row for row in found if row["name"] == name)


def eventually(holds: Callable[[], bool]) -> None:
    """Wait for what happens in another thread of the house. No promise about how long that takes."""
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    here = House(tmp_path_factory.mktemp("house"))
    process = here.start(here.port, "first.log")
    try:
        yield here
    finally:
        process.stop()


@pytest.fixture(scope="module")
def manager(house: House) -> Browser:
    return Browser(house.port).sign_in("miriam.okafor@calder.example")


def test_it_says_where_it_is_and_who_may_sign_in_and_nothing_that_worries(house: House) -> None:
    said = (house.folder / "first.log").read_text()
    assert f"Throughline is at http://127.0.0.1:{house.port}/" in said
    assert PASSWORD in said
    assert all(address in said for address, _ in SIGN_INS)
    assert re.findall(r"(?i)warning|error|traceback|deprecat|development server", said) == []


@pytest.mark.parametrize("address", [address for address, _ in SIGN_INS])
def test_everybody_it_names_gets_in_and_sees_a_page(house: House, address: str) -> None:
    visitor = Browser(house.port).sign_in(address)
    assert not visitor.landed.startswith("/accounts/")
    assert "<h1" in visitor.get("/portfolio/")


def test_nobody_gets_in_with_another_password(house: House) -> None:
    visitor = Browser(house.port).sign_in(SIGN_INS[0][0], "not the password")
    assert visitor.landed == "/accounts/login/"


def test_the_charts_library_comes_from_the_installed_package(manager: Browser) -> None:
    assert manager.get("/static/vendor/plotly.min.js").startswith("/**\n* plotly.js")


def test_a_measurement_sent_to_the_api_stands_on_the_dashboard(manager: Browser) -> None:
    summary = manager.read("/api/v1/portfolio/summary/")
    before = summary["kpi_status"]["off_track"]
    kpi = manager.kpi("Invoices matched without touch")
    assert kpi["status"] == "on_track"
    said = {"kpi": kpi["ref"], "observed_on": summary["as_of"], "value": "40"}
    assert manager.send("/api/v1/measurements/", said)["value"] == "40"
    assert manager.kpi("Invoices matched without touch")["status"] == "off_track"
    assert manager.read("/api/v1/portfolio/summary/")["kpi_status"]["off_track"] == before + 1
    assert "Invoice matching" in manager.get("/portfolio/")


def test_a_bulk_of_measurements_is_folded_by_the_worker_in_the_same_process(manager: Browser) -> None:
    names = ["Complaints routed right first time", "Estimates within 10 % of invoice", "Repair cycle time"]
    kpis = [manager.kpi(name) for name in names]
    assert {kpi["status"] for kpi in kpis} == {"on_track"}
    today = manager.read("/api/v1/portfolio/summary/")["as_of"]
    rows = [
        {"kpi": kpi["ref"], "observed_on": today, "value": kpi["success"]["baseline"], "source_key": "flow"} for kpi in kpis
    ]  # fmt: skip
    answer = manager.send("/api/v1/measurements/bulk/", {"rows": rows})
    assert (answer["created"], answer["refused"]) == (3, 0)
    eventually(lambda: {manager.kpi(name)["status"] for name in names} == {"off_track"})


def test_the_readme_s_api_example_does_what_it_says(house: House, manager: Browser, tmp_path: Path) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("no curl on this machine")
    said = {"name": "From the README", "scopes": ["kpis:read", "kpis:write"]}
    token = manager.send("/api/v1/tokens/", said)["secret"]
    kpi = manager.kpi("Invoices matched without touch")
    block = (ROOT / "README.md").read_text().split("```sh\n")[1].split("```")[0]
    assert f'"kpi": "{kpi["ref"]}"' in block
    here = block.replace("127.0.0.1:8000", f"127.0.0.1:{house.port}")
    here = here.replace("2026-11-20", kpi["judged_on"])
    env = {**os.environ, "TOKEN": token}
    done = subprocess.run(["sh", "-euc", here], env=env, capture_output=True, text=True, check=True)
    found, recorded = (
        json.loads(part) for part in re.findall(r"\{.*?\}(?=\{|$)", done.stdout.strip(), re.DOTALL)
    )
    assert kpi["ref"] in {row["ref"] for row in found["results"]}
    assert (recorded["value"], recorded["source_key"]) == ("52.5", "2026-11")


def test_beat_and_worker_show_life(house: House, manager: Browser) -> None:
    eventually(lambda: "sweep" in _heartbeats(house) and "worker" in _heartbeats(house))


def _heartbeats(house: House) -> str:
    script = "from core.models import Heartbeat; print([h.name for h in Heartbeat.objects.all()])"
    argv = [sys.executable, "manage.py", "shell", "--no-imports", "-c", script]
    return subprocess.run(argv, cwd=ROOT, env=house.env, capture_output=True, text=True, check=True).stdout


def test_a_port_that_is_taken_is_one_clear_sentence(house: House) -> None:
    argv = [*ARGV, "--port", str(house.port)]
    done = subprocess.run(argv, cwd=ROOT, env=house.env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines() == [
        f"CommandError: Port {house.port} on 127.0.0.1 is taken. Choose another with --port."
    ]


def test_a_port_that_does_not_exist_is_one_clear_sentence(house: House) -> None:
    done = subprocess.run(
        [*ARGV, "--port", "70000"], cwd=ROOT, env=house.env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.strip().splitlines() == ["CommandError: 70000 is no port. Choose one from 1 to 65535."]


@pytest.mark.parametrize(("sig", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_it_starts_again_on_what_is_there_and_stops_cleanly(
    house: House, sig: signal.Signals, code: int
) -> None:
    port = free_port()
    again = house.start(port, "again.log")
    assert "Making the demo" not in again.said()
    assert "Setting up" not in again.said()
    Browser(port).sign_in(SIGN_INS[0][0])
    assert again.stop(sig) == code
    assert again.said().rstrip().endswith("Stopped.")
    assert "Traceback" not in again.said()


def test_ctrl_c_while_it_sets_up_leaves_nothing_half_done(tmp_path: Path) -> None:
    house = House(tmp_path)
    log = tmp_path / "cut.log"
    begun = Real(
        [*ARGV, "--port", str(house.port)], log=log, ready="Making the demo", env=house.env, cwd=ROOT
    )
    assert begun.stop(signal.SIGINT) == 130
    assert "Traceback" not in begun.said()
    assert begun.said().rstrip().endswith("Stopped.")
    script = "from core.models import User; print(User.objects.count())"
    argv = [sys.executable, "manage.py", "shell", "--no-imports", "-c", script]
    done = subprocess.run(argv, cwd=ROOT, env=house.env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"
