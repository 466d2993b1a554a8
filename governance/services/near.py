"""Who stands too near to a model to judge it: its owners and developers, now and before, and who asked."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from core.access import Actor
from core.errors import forbidden
from core.models import AuditEvent, User
from domain.model_life import WORDS, Near, too_near
from governance.models import AiModel


def person(by: Actor) -> User:
    """Who acts. Problem 403 for a machine: what is judged, approved or attested is a person's word."""
    if by.user is None or by.user.is_service:
        raise forbidden("This is a person's word: sign in as one.", code="four_eyes")
    return by.user


def apart(model: AiModel, by: Actor, authors: Collection[int | None] = ()) -> User:
    """Who acts, if they neither own nor developed the model nor asked for this. Problem 403 `four_eyes`."""
    user = person(by)
    near = nearness(model, user, authors)
    if near is not None:
        raise forbidden(WORDS[near], code="four_eyes")
    return user


def nearness(model: AiModel, user: User, authors: Collection[int | None] = ()) -> Near | None:
    """Why this person may not judge the model; None when they may. Two statements."""
    ever = hands_ever(model)
    return too_near(
        user.pk, user.name, owner=model.owner_id, owned=ever.owned, developer=model.developer, formerly=ever.words,
        developers=ever.developed, authors=authors,
    )  # fmt: skip


def developed(model: AiModel, user: User) -> bool:
    """Whether this person is or ever was named as developing the model. Two statements."""
    ever = hands_ever(model)
    return too_near(
        user.pk, user.name, owner=None, developer=model.developer, formerly=ever.words, developers=ever.developed
    ) is not None  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hands:
    """Who ever had a hand in a model: `words` that named developers, ids of people who `developed` it, and who `owned` it."""

    words: tuple[str, ...]
    developed: frozenset[int]
    owned: frozenset[int]


def hands_ever(model: AiModel) -> Hands:
    """Whom the record names or named, by whichever door it was changed: handing a model over, or taking a name off, makes
    nobody apart from their own work. Two statements."""
    named = Q(before__has_key="developer") | Q(before__has_key="developers") | Q(before__has_key="owner")
    rows = AuditEvent.objects.filter(named, object_type="aimodel", object_id=model.pk)
    words, owned = set[str](), set[int]()
    developed = set(model.developers.order_by().values_list("pk", flat=True))
    for before in rows.values_list("before", flat=True):
        words.add(str(before.get("developer") or ""))
        developed.update(before.get("developers") or ())
        owned.update([before["owner"]] if before.get("owner") else ())
    return Hands(tuple(sorted(words - {""})), frozenset(developed), frozenset(owned))
