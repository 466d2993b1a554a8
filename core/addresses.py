"""The address somebody signs in with, and resets their password by: whoever sets it could become that person."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from core import audit
from core.access import Actor
from core.errors import field_error, forbidden
from core.locks import hold
from core.models import User
from core.text import clean


def read_address(raw: str, *, of: User) -> str:
    """The address in its one form. Raises Problem 400 at `email` for none, and for one that another has."""
    address = clean("email", raw, limit=254).lower()
    try:
        validate_email(address)
    except ValidationError:
        raise field_error("email", "This is no e-mail address. Write name@organisation.example.") from None
    if User.objects.filter(email__iexact=address).exclude(pk=of.pk).exists():
        raise field_error("email", "Somebody has this address already.", code="taken")
    return address


def change_address(*, user: User, email: str, by: Actor, at: datetime, because: str = "") -> None:
    """Write the new address; links sent to the old one die. For consent given, and for the command line.

    The caller has asked whether `by` may. Nothing changed writes nothing.
    """
    with transaction.atomic():
        hold("people")
        user.refresh_from_db()
        address, was = read_address(email, of=user), user.email
        if address == was:
            return
        user.email = address
        user.version += 1
        user.save(update_fields=["email", "version"])
        # The sign-in library keeps every address it ever mailed, and would go on taking the old one.
        EmailAddress.objects.filter(user=user).delete()
        audit.record(
            by=by, at=at, action="person.edited", obj=user, reason=because, before={"email": was}, after={"email": address}
        )  # fmt: skip


def change_own_address(*, email: str, password: str, by: Actor, at: datetime) -> User:
    """Somebody changes their own address, and proves by their password that it is they.

    Raises Problem 403 for a token, 400 for a wrong password or an address that cannot be used.
    """
    if by.user is None or by.token_id is not None:
        raise forbidden("An address is changed by a person who has signed in.")
    user = User.objects.get(pk=by.user.pk)
    if not user.check_password(password):
        raise field_error("password", "This is not your password.", code="wrong_password")
    change_address(user=user, email=email, by=by, at=at)
    return user
