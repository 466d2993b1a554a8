"""Who stands too near to a model to judge it: its owner, its developers now and before, and who asked."""

from collections.abc import Collection

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
    """Why this person may not judge the model; None when they may. One statement."""
    return too_near(
        user.pk, user.name, owner=model.owner_id, developer=model.developer, formerly=developers_before(model),
        authors=authors,
    )  # fmt: skip


def developers_before(model: AiModel) -> tuple[str, ...]:
    """Whom the record named as developer before: writing another name there makes nobody apart from their own work."""
    rows = AuditEvent.objects.filter(
        object_type="aimodel", object_id=model.pk, action="model.edited", before__has_key="developer"
    )
    return tuple(sorted({str(one["developer"] or "") for one in rows.values_list("before", flat=True)}))
