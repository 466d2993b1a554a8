"""Alerts told to other systems: signed, each address by itself, tried again, and never to where the settings do not say."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.exceptions import ImproperlyConfigured

from assurance.models import MonitorAlert
from assurance.services.alert_webhooks import KIND, send_webhook
from assurance.tasks import alert_raised
from config.env import alert_webhooks
from core import clock, outbox
from core.models import Outbox
from core.outgoing import OutgoingError
from core.signing import read_secret, signed
from tests.assurance.watching import SIGNIFICANT, monitor, send
from tests.cast import AT, Cast, make_cast

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


class Heard(list[tuple[dict[str, str], bytes]]):
    """What came to a receiver, and what it answers."""

    url = ""
    status = 204


@contextmanager
def receiver(*, status: int = 204, body: bytes = b"") -> Iterator[Heard]:
    heard = Heard()
    heard.status = status

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append(({name.lower(): value for name, value in self.headers.items()}, content))
            self.send_response(heard.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    heard.url = f"http://127.0.0.1:{server.server_port}/alerts?team=fraud"
    try:
        yield heard
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def raised(cast: Cast) -> MonitorAlert:
    send(cast, monitor(cast), {"counts": SIGNIFICANT})
    return MonitorAlert.objects.get()


@pytest.mark.pure
def test_the_signature_is_the_one_of_the_standards_own_example() -> None:
    told = signed(
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", message_id="msg_p5jXN8AQM9LWM0D4loKWxJek", at=1614265330,
        body=b'{"test": 2432232314}',
    )  # fmt: skip
    assert told["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_an_alert_is_told_signed_with_what_is_needed_to_route_it(
    cast: Cast, frozen: object, settings: LazySettings
) -> None:
    alert = raised(cast)
    with receiver() as heard:
        settings.ALERT_WEBHOOKS = {"PAGER": (heard.url, SECRET)}
        assert send_webhook(alert_id=alert.pk, to="PAGER")
    [(headers, body)] = heard
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mark = base64.b64encode(hmac.new(read_secret(SECRET), said, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{mark}"
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == (f"monitor-alert-{alert.pk}", str(int(AT.timestamp())))  # fmt: skip
    assert "authorization" not in headers
    told = json.loads(body)
    assert told["type"] == "monitor.alert_raised"
    assert (told["data"]["band"], told["data"]["model"]["risk_tier"]) == ("significant", 2)
    assert told["data"]["unit"]["path"] == cast.claims.path
    assert told["data"]["owner"] == "mona@calder.example"
    assert told["data"]["url"].endswith("/monitoring/")


@pytest.mark.parametrize("status", [302, 400, 404, 429, 500, 503])
def test_an_answer_that_is_no_success_is_a_failure_to_be_tried_again(
    cast: Cast, frozen: object, settings: LazySettings, status: int
) -> None:
    alert = raised(cast)
    with receiver(status=status) as heard:
        settings.ALERT_WEBHOOKS = {"PAGER": (heard.url, SECRET)}
        with pytest.raises(OutgoingError, match=str(status)):
            send_webhook(alert_id=alert.pk, to="PAGER")
    assert len(heard) == 1, "a redirect is not followed"


def test_a_long_answer_is_not_read_to_its_end(cast: Cast, frozen: object, settings: LazySettings) -> None:
    alert = raised(cast)
    with receiver(status=200, body=b"x" * 300_000) as heard:
        settings.ALERT_WEBHOOKS = {"PAGER": (heard.url, SECRET)}
        assert send_webhook(alert_id=alert.pk, to="PAGER")


def test_an_address_taken_out_of_the_settings_is_told_nothing(
    cast: Cast, frozen: object, settings: LazySettings
) -> None:
    alert = raised(cast)
    settings.ALERT_WEBHOOKS = {}
    assert not send_webhook(alert_id=alert.pk, to="PAGER")
    alert_raised(Outbox(payload={"alert_id": alert.pk}))
    assert not Outbox.objects.filter(kind=KIND).exists()


@pytest.mark.django_db(transaction=True)
def test_one_address_that_is_away_keeps_no_other_waiting_and_is_told_when_it_is_back(
    transactional_db: None, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [AT]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    alert = raised(make_cast())
    with receiver(status=503) as away, receiver() as there:
        settings.ALERT_WEBHOOKS = {"AWAY": (away.url, SECRET), "THERE": (there.url, SECRET)}
        outbox.drain()
        outbox.drain()
        assert (len(away), len(there)) == (1, 1)
        waiting = Outbox.objects.get(kind=KIND, done_at=None)
        assert "503" in waiting.error
        away.status = 200
        now[0] += timedelta(days=1)
        outbox.drain()
        assert (len(away), len(there)) == (2, 1)
    assert {headers["webhook-id"] for headers, _ in away} == {f"monitor-alert-{alert.pk}"}
    assert not Outbox.objects.filter(kind=KIND, done_at=None).exists()


@pytest.mark.pure
def test_settings_name_addresses_with_their_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERT_WEBHOOKS", "PAGER=https://hooks.example.org/alerts?a=b")
    monkeypatch.setenv("ALERT_WEBHOOK_SECRETS", f"PAGER={SECRET}")
    assert alert_webhooks() == {"PAGER": ("https://hooks.example.org/alerts?a=b", SECRET)}


@pytest.mark.pure
@pytest.mark.parametrize(
    ("addresses", "secrets"),
    [
        ("PAGER=https://hooks.example.org", ""),
        ("PAGER=https://hooks.example.org", "PAGER=short"),
        ("PAGER=https://hooks.example.org", "PAGER=whsec_c2hvcnQ="),
        ("PAGER=hooks.example.org", f"PAGER={SECRET}"),
        ("PAGER=https://user@hooks.example.org", f"PAGER={SECRET}"),
        ("PAGER", f"PAGER={SECRET}"),
        ("", f"PAGER={SECRET}"),
    ],
)
def test_settings_that_cannot_be_meant_do_not_start_and_do_not_tell_the_secret(
    monkeypatch: pytest.MonkeyPatch, addresses: str, secrets: str
) -> None:
    monkeypatch.setenv("ALERT_WEBHOOKS", addresses)
    monkeypatch.setenv("ALERT_WEBHOOK_SECRETS", secrets)
    with pytest.raises(ImproperlyConfigured) as refused:
        alert_webhooks()
    assert "whsec_c2" not in str(refused.value)
    assert SECRET not in str(refused.value)
