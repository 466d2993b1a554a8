"""An alert told to the systems that the machine's settings name: signed, once each, tried again while they are away."""

import json
from datetime import datetime
from typing import Any, Final

from django.conf import settings

from assurance.models import MonitorAlert
from core import clock, outbox
from core.outgoing import Server
from core.signing import signed
from core.wording import day

KIND: Final = "monitor.alert_webhook"
SECONDS: Final = 10.0


def owe_webhooks(*, alert_id: int, at: datetime) -> int:
    """Owe an alert to every address of ALERT_WEBHOOKS; how many there are. Each is told by itself: one that is away keeps
    no other waiting."""
    for name in settings.ALERT_WEBHOOKS:
        outbox.owe(kind=KIND, payload={"alert_id": alert_id, "to": name}, at=at)
    return len(settings.ALERT_WEBHOOKS)


def send_webhook(*, alert_id: int, to: str) -> bool:
    """Tell one address of an alert; False where it is no address any more, or the alert is gone.

    The id of the message is the alert's, so that whoever gets it twice knows it. Raises OutgoingError.
    """
    row = MonitorAlert.objects.select_related("monitor__model__unit", "monitor__model__owner").filter(pk=alert_id).first()  # fmt: skip
    if row is None or to not in settings.ALERT_WEBHOOKS:
        return False
    url, secret = settings.ALERT_WEBHOOKS[to]
    body = json.dumps(message(row), ensure_ascii=False).encode()
    headers = signed(
        secret=secret, message_id=f"monitor-alert-{row.pk}", at=int(clock.now().timestamp()), body=body
    )
    Server(url, trusted=True, seconds=SECONDS).tell(body, headers=headers)
    return True


def message(row: MonitorAlert) -> dict[str, Any]:
    """What is told: enough to route it, and where to read the rest."""
    monitor, model = row.monitor, row.monitor.model
    return {
        "type": "monitor.alert_raised",
        "timestamp": row.raised_at.isoformat(),
        "data": {
            "alert": row.pk, "band": row.band, "since": row.since.isoformat(), "sentence": row.sentence,
            "title": f"{monitor.get_kind_display()}, {row.band}: {model.name}, since {day(row.since)}",
            "monitor": {"id": monitor.pk, "name": monitor.name, "kind": monitor.kind},
            "model": {"ref": model.ref, "name": model.name, "risk_tier": model.risk_tier, "stage": model.stage},
            "unit": {"id": model.unit_id, "name": model.unit.name, "path": model.unit.path},
            "owner": model.owner.email if model.owner is not None else None,
            "url": f"{settings.SITE_URL}/governance/models/{model.ref}/monitoring/",
        },
    }  # fmt: skip
