"""Sign-in: people are added by an administrator, so nobody signs themselves up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """No open sign-up; where to go after signing in is decided by `home`."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "The e-mail or the password is wrong.",
        "too_many_login_attempts": "Too many tries with this e-mail. Wait five minutes, then try again.",
        "account_inactive": "This account is closed. An administrator can open it again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False
