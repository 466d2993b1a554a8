"""Models with versions for the tests: mona owns the model, rita validates and promotes, max manages."""

from typing import Any

from assurance.models import ModelVersion, VersionPromotion
from assurance.services.promotions import Evidence, answer_promotion, propose_promotion
from assurance.services.versions import register_version
from core.access import Actor
from governance.models import AiModel
from tests.cast import AT, Cast
from tests.governance.stored import reviewer, sound_model

DIGEST = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64


def model_of(cast: Cast, name: str = "Triage ranker", **more: Any) -> AiModel:
    """Sound, owned by mona, developed by Bob."""
    return sound_model(cast, name, **{"developer": "Bob", "validator": None, **more})


def approver(cast: Cast) -> Actor:
    """A person with the right to promote who has no hand in the model."""
    return cast.actor("max")


def version(cast: Cast, model: AiModel, number: str, who: str = "mona", **facts: Any) -> ModelVersion:
    return register_version(model_id=model.pk, number=number, by=cast.actor(who), at=AT, **facts)


def asked(
    cast: Cast, row: ModelVersion, to: str = "champion", who: str = "mona", **more: Any
) -> VersionPromotion:
    evidence = more.pop("evidence", Evidence(text="Recall 0.84 against 0.79 on the June sample."))
    return propose_promotion(
        version_id=row.pk, to_role=to, evidence=evidence, by=cast.actor(who), at=AT, **more
    )


def answered(cast: Cast, row: VersionPromotion, answer: str = "approve", who: str = "max", **more: Any) -> VersionPromotion:  # fmt: skip
    return answer_promotion(pk=row.pk, answer=answer, by=cast.actor(who), at=AT, **more)


def champion(cast: Cast, model: AiModel, number: str, **facts: Any) -> ModelVersion:
    """A version that serves, by the front door."""
    row = version(cast, model, number, **facts)
    answered(cast, asked(cast, row))
    row.refresh_from_db()
    return row


def promoter(cast: Cast, name: str = "rita") -> Actor:
    """A validator of the whole organisation: reviews, promotes nothing."""
    reviewer(cast, name)
    return cast.actor(name)
