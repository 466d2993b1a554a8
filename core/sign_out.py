"""Ending what somebody holds in hand: signed-in browsers and API tokens, from the next request on."""

from datetime import datetime

from django.contrib.sessions.models import Session

from core.models import ApiToken, User


def end_access(user: User, at: datetime) -> dict[str, int]:
    """Sign a person out everywhere and end their tokens. How many of each, in words for the audit log."""
    tokens = ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=at)
    return {"sessions_ended": end_sessions(user), "tokens_ended": tokens}


def end_sessions(user: User) -> int:
    """Sign a person out everywhere. Sessions name their person inside only, so all are looked through."""
    mine = [s.pk for s in Session.objects.iterator() if s.get_decoded().get("_auth_user_id") == str(user.pk)]
    Session.objects.filter(pk__in=mine).delete()
    return len(mine)
