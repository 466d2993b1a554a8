"""A real MLflow server on loopback, from an environment of its own, and what is done to it through its REST API.

The environment is made once from requirements-mlflow.txt, every package checked against its hash. It is not the project's:
what MLflow needs would meet what the project pins. Where it cannot be made, the tests fail with that sentence.
"""

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import dev
from tests.house.real import Real, free_port

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements-mlflow.txt"
VENV = ROOT / "var" / "mlflow-venv"
API = "/api/2.0/mlflow"


def python_of_mlflow() -> Path:
    """The interpreter of MLflow's own environment, made where it is missing or of another lock."""
    python, stamp = dev.venv_python(VENV), VENV / "lock"
    wanted = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    with dev.one_at_a_time(ROOT):
        if stamp.exists() and stamp.read_text() == wanted:
            return python
        dev.create_venv(VENV)
        for installer in dev.installers(python):
            argv = [*installer, "--quiet", "--require-hashes", "-r", str(LOCK)]
            if (
                subprocess.run(argv, stdin=subprocess.DEVNULL, env={**os.environ, "PIP_USER": "0"}).returncode
                == 0
            ):
                stamp.write_text(wanted)
                return python
    raise AssertionError(
        "MLflow could not be installed from requirements-mlflow.txt: is the package index reachable?"
    )


@dataclass
class Mlflow:
    """The running server, asked as MLflow's own client would."""

    real: Real
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        return self._ask("POST", path, body)

    def get(self, path: str, **query: str) -> dict[str, Any]:
        return self._ask("GET", f"{path}?{urlencode(query)}", None)

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.url}{API}/{path}", data, {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def model(self, name: str) -> int:
        """A registered model; when it was born."""
        return int(self.post("registered-models/create", name=name)["registered_model"]["creation_timestamp"])

    def run(self, metrics: Mapping[str, list[tuple[int, int, float | str]]], *, commit: str = "") -> str:
        """A finished run with the history of each metric as (step, milliseconds, value)."""
        tags = [{"key": "mlflow.source.git.commit", "value": commit}] if commit else []
        run_id = self.post("runs/create", experiment_id="0", start_time=1, tags=tags)["run"]["info"]["run_id"]
        points = [
            {"key": key, "step": step, "timestamp": at, "value": value}
            for key, history in metrics.items()
            for step, at, value in history
        ]
        self.post("runs/log-batch", run_id=run_id, metrics=points)
        self.post("runs/update", run_id=run_id, status="FINISHED", end_time=2)
        return str(run_id)

    def version(self, name: str, run_id: str = "") -> str:
        more = {"run_id": run_id} if run_id else {}
        return str(
            self.post("model-versions/create", name=name, source="s3://x/y", **more)["model_version"][
                "version"
            ]
        )

    def alias(self, name: str, alias: str, version: str) -> None:
        self.post("registered-models/alias", name=name, alias=alias, version=version)

    def rename(self, name: str, to: str) -> None:
        self.post("registered-models/rename", name=name, new_name=to)

    def delete(self, path: str, **body: str) -> None:
        self._ask("DELETE", path, body)

    def hang(self) -> None:
        os.killpg(self.real.process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.killpg(self.real.process.pid, signal.SIGCONT)

    def stop(self) -> None:
        self.real.stop(signal.SIGKILL)


def start(folder: Path, port: int = 0) -> Mlflow:
    """The server over the folder's database: another start finds what the first one kept."""
    port = port or free_port()
    store = f"sqlite:///{folder / 'm.db'}"
    env = {
        **os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "x", "_MLFLOW_SERVER_FILE_STORE": store, "_MLFLOW_SERVER_REGISTRY_STORE": store,
        "_MLFLOW_SERVER_ARTIFACT_ROOT": str(folder / "art"),
    }  # fmt: skip
    argv = [str(python_of_mlflow()), "-m", "flask", "--app", "mlflow.server:app", "run", "--no-reload", "-h", "127.0.0.1", "-p", str(port)]  # fmt: skip
    return Mlflow(Real(argv, log=folder / "mlflow.log", port=port, env=env, cwd=folder, timeout=300), port)


Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def other_server(answer: Answer) -> Iterator[str]:
    """A server that answers each GET as told; yields its address. For what MLflow itself does not do by itself."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_: Any) -> None:
            """Say nothing: it is part of a test."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def said(handler: BaseHTTPRequestHandler, status: int, body: bytes, kind: str = "application/json") -> None:
    """Answer with this."""
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])
