"""The key a form is shown with: sent twice (a second click, Back and again), it is done once.

Kept in the store of the API's `Idempotency-Key`, in the transaction of what was done, so it says so truly.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.http import HttpRequest

from core.access import Actor
from core.locks import hold
from core.models import IdempotencyKey
from core.repeats import earlier, lock_of
from core.values import wrong

LONGEST: Final = 64
SAME, OTHER = "same", "other"


def new_key() -> str:
    return secrets.token_urlsafe(16)


@dataclass(frozen=True, slots=True)
class FormKey:
    """The key a form was sent with; empty for a form without one, which is done as often as it is sent."""

    key: str
    caller: str
    mark: str
    at: datetime

    def known(self) -> str:
        """What this key did before: nothing, the same form, or another one."""
        first = earlier(self.caller, f"form {self.key}", self.at) if self.key else None
        if first is None:
            return ""
        return SAME if first.fingerprint == self.mark else OTHER

    def hold(self) -> None:
        """Wait for a request with the same key. The caller has a transaction."""
        if self.key:
            hold(lock_of(self.caller, f"form {self.key}"))

    def keep(self, address: str) -> None:
        """Say in this transaction that it was done, and where the reader went then."""
        if self.key:
            IdempotencyKey.objects.create(
                caller=self.caller, key=f"form {self.key}", fingerprint=self.mark, status=302,
                headers={"Location": address}, body=b"", created_at=self.at,
            )  # fmt: skip


def key_of(request: HttpRequest, by: Actor, at: datetime) -> FormKey:
    """The key of a form that was posted. Problem 400 for what no form carries."""
    key = request.POST.get("once", "")
    if len(key) > LONGEST or not key.isascii() or not key.isprintable():
        raise wrong("once", f"A form's key has at most {LONGEST} plain characters. Open the form anew.")
    return FormKey(key, f"u{by.user.pk if by.user else 0}", _mark_of(request) if key else "", at)


def _mark_of(request: HttpRequest) -> str:
    """A hash of where the form was sent and everything in it, files too."""
    found = hashlib.sha256(request.get_full_path().encode())
    for name, values in sorted(request.POST.lists()):
        if name != "csrfmiddlewaretoken":
            found.update(json.dumps([name, values]).encode())
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            found.update(json.dumps([name, file.name, file.size]).encode())
            for chunk in file.chunks():
                found.update(chunk)
            file.seek(0)
    return found.hexdigest()
