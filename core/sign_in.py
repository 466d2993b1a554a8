"""Sign-in: people are added by an administrator, so nobody signs themselves up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """No open sign-up; where to go after signing in is decided by `home`."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
