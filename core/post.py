"""Mail of what was told: one message for each person and round, never the same thing twice.

Begun is committed before the message is handed over. When the process dies in between nobody can know whether it left, so it
is not sent again: the notice stands in the product. What the mail server refused is tried again, five times.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F

from core.locks import try_hold
from core.models import Notice, User

log = logging.getLogger(__name__)
MAX_TRIES: Final = 5
AGAIN: Final = timedelta(minutes=10)
MOST_IN_ONE: Final = 50


def send_mails(*, at: datetime) -> int:
    """Send what is to go out; returns how many messages left. Side by side no two workers take the same notice."""
    sent = 0
    waiting = Notice.objects.filter(mail_at__lte=at, mail_begun_at=None, over_at=None)
    for user_id in sorted(set(waiting.order_by().values_list("user_id", flat=True))):
        rows = _begin(user_id, at)
        if rows:
            sent += _send(User.objects.get(pk=user_id), rows, at)
    return sent


def _begin(user_id: int, at: datetime) -> list[Notice]:
    """What is to go out to one person, marked as begun by this worker alone."""
    with transaction.atomic():
        if not try_hold(f"mail of person {user_id}"):
            return []
        waiting = Notice.objects.filter(user=user_id, mail_at__lte=at, mail_begun_at=None, over_at=None)
        found = list(waiting.order_by("pk")[:MOST_IN_ONE])
        Notice.objects.filter(pk__in=[row.pk for row in found]).update(
            mail_begun_at=at, mail_tries=F("mail_tries") + 1
        )
    return found


def _send(user: User, rows: Sequence[Notice], at: datetime) -> int:
    ids = [row.pk for row in rows]
    if not user.is_active:
        return 0
    try:
        _message(user, rows).send()
    except Exception as error:  # kept on the rows, tried again, and visible
        log.warning("mail to person %s not sent: %s", user.pk, type(error).__name__)
        again = [row.pk for row in rows if row.mail_tries + 1 < MAX_TRIES]
        Notice.objects.filter(pk__in=ids).update(mail_error=f"{type(error).__name__}: {error}"[:200])
        Notice.objects.filter(pk__in=again).update(mail_begun_at=None, mail_at=at + AGAIN)
        return 0
    Notice.objects.filter(pk__in=ids).update(mailed_at=at, mail_error="")
    return 1


def _message(user: User, rows: Sequence[Notice]) -> EmailMessage:
    """Plain text: each thing with its address. The subject line is the thing itself where there is one."""
    subject = (
        rows[0].title if len(rows) == 1 else f"{len(rows)} things from {settings.ORG_NAME or 'Throughline'}"
    )
    parts = [
        "\n".join(filter(None, [row.title, row.body, f"{settings.SITE_URL}{row.url}" if row.url else ""]))
        for row in rows
    ]
    foot = f"You are told this as {user.name}. How often: {settings.SITE_URL}/account/notices/settings/"
    return EmailMessage(
        subject=" ".join(subject.split()),
        body="\n\n".join([*parts, foot]) + "\n",
        to=[user.email],
        headers={
            "Message-ID": f"<notice-{rows[0].pk}-{rows[0].mail_tries + 1}@throughline>",
            "Auto-Submitted": "auto-generated",
        },
    )
