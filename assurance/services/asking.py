"""An owner who needs somebody else's look at a model asks for it: whoever may give it is told."""

from datetime import datetime
from typing import Final

from django.db import transaction

from assurance.services.life import SHORT, chosen, held, person, tell
from core import outbox
from core.access import Actor
from core.roles import Action
from core.text import clean
from governance.models import AiModel

ETHICS: Final = "ethics_review"
LOOKS: Final = {"review": "review", "validation": "validation", ETHICS: "ethics review"}
WANTED: Final = outbox.announces("model.look_wanted")


def ask_for(*, model_id: int, what: str, by: Actor, at: datetime, words: str = "") -> AiModel:
    """Ask for a review, a validation or an ethics review of a model. Its validator is told; without one, every validator who reaches it.

    Raises Problem 400, 403, 404, 409 for a retired model.
    """
    chosen("what", what, tuple(LOOKS))
    words = clean("words", words, limit=SHORT)
    with transaction.atomic():
        model = held(model_id, by=by, right=Action.EDIT_MODEL)
        user = person(by)
        tell(model, "model.look_wanted", by=by, at=at, after={"what": what}, reason=words)
        payload = {"model_id": model.pk, "what": what, "words": words, "asked_by": user.pk}
        outbox.owe(kind=WANTED, payload=payload, at=at)
    return model
