"""A judgement KPI: only its named judge records what they find, and only on the scale that was agreed."""

from decimal import Decimal
from typing import Final

from core.access import Actor, actor_for, require
from core.errors import Problem, field_error, forbidden
from core.models import User
from core.roles import Action
from core.standing import may_once_named
from domain.kpi_words import amount
from kpis.models import Kpi

NOT_THE_JUDGE: Final = "not_the_judge"
NOT_YOURS: Final = "This KPI is a judgement: only its named judge records it."
OFF_THE_SCALE: Final = "off_the_scale"


def is_judge(by: Actor, judge_id: int | None) -> bool:
    """Whether the actor may say how a KPI with this judge stands. A KPI that is counted has none."""
    return judge_id is None or (by.user is not None and by.user.pk == judge_id)


def require_judge(by: Actor, judge_id: int | None) -> None:
    """Raises Problem 403 `not_the_judge`."""
    if not is_judge(by, judge_id):
        raise not_the_judge()


def require_able_judge(person: User, unit_path: str) -> None:
    """Refuse, 400 at `judge`, somebody who could never record what they find: nobody else may."""
    if not may_once_named(actor_for(person, via="page"), Action.MEASURE, unit_path):
        sentence = (
            f"{person.name} holds no role that records readings, and nobody but the judge records this KPI. "
            "Choose somebody who does, or have them given the role of a contributor first."
        )
        raise field_error("judge", sentence, code="cannot_record")


def require_to_record(by: Actor, kpi: Kpi) -> None:
    """Raises Problem 404, 403 for a KPI whose readings the actor may not record, correct or withdraw."""
    require(by, Action.MEASURE, kpi)
    require_judge(by, kpi.judge_id)


def not_the_judge() -> Problem:
    return forbidden(NOT_YOURS, code=NOT_THE_JUDGE)


def is_off_scale(value: Decimal, low: Decimal | None, high: Decimal | None) -> bool:
    """Whether a value lies outside the scale; its ends belong to it."""
    return (low is not None and value < low) or (high is not None and value > high)


def scale_words(low: Decimal | None, high: Decimal | None, words: str) -> str:
    """The sentence that says the scale, with what its levels mean where somebody said it."""
    if low is not None and high is not None:
        said = f"The scale runs from {amount(low)} to {amount(high)}"
    else:
        said = (
            f"The scale begins at {amount(low)}" if low is not None else f"The scale ends at {amount(high)}"
        )
    levels = "; ".join(line.strip() for line in words.splitlines() if line.strip())
    return f"{said}: {levels}. Give a value on it." if levels else f"{said}. Give a value on it."


def require_on_scale(value: Decimal, low: Decimal | None, high: Decimal | None, words: str) -> None:
    """Raises Problem 400 `off_the_scale` at `value`, with the scale in the sentence."""
    if is_off_scale(value, low, high):
        raise field_error("value", scale_words(low, high, words), code=OFF_THE_SCALE)
