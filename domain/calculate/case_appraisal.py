"""`calculate case-appraisal`: everything that is said of a case, from JSON to JSON; the live figures of a form.

A case may be incomplete: what is missing is told place by place, beside every figure that can be told already. A document of
another shape (an unknown name, a text where a number belongs) is refused.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final, TypeVar

from domain.calculate.document import Place, inside, items, members, number, text, truth, whole, word
from domain.finance.appraisal import Turn
from domain.finance.case import MOST_YEARS, BenefitType, CostCategory, CostLine, Evidence
from domain.finance.figures import conventions, figures
from domain.finance.sensitivity import Spread, after_haircut
from domain.finance.so_far import Benefit, Written, so_far

Read = TypeVar("Read")
_MOST_LINES: Final = 100
_SPREAD: Final = ("spread_benefits", "spread_outlay", "spread_years_late", "spread_rate", "spread_running")
_CASE: Final = frozenset({
    "years", "rate", "currency", "prices", "mid_year", "delay_means", "finance_rate", "reinvest_rate", "costs", "benefits",
    "scenarios", "do_nothing", "works", "if_stopped", "if_carried_on", *_SPREAD,
})  # fmt: skip
_COST: Final = frozenset({"category", "amounts"})
_BENEFIT: Final = frozenset({"description", "type", "evidence", "owner", "kpi", "attribution", "amounts"})
_SCENARIO: Final = frozenset({"name", "haircut", "years_late", "outlay_factor", "probability"})
_NONE: Final[frozenset[str]] = frozenset()


def case_appraisal(document: object) -> list[dict[str, object]]:
    """Each case holds the fields of a business case; a member that is left out or null has not been said.

    Answers `complete`, `missing` (pointer within the case, code, detail), `figures` (null where none can be told yet) and
    `conventions`.
    """
    return [appraised(place) for place in items(Place(document, ""))]


def appraised(place: Place) -> dict[str, object]:
    """The answer of one case."""
    given = _said(members(place, required=_NONE, optional=_CASE))
    written = _written(given)
    prices = _one_of(given, "prices", ("nominal", "real"), "nominal")
    means = _one_of(given, "delay_means", ("fixed_horizon", "sliding"), "")
    mid_year = truth(given["mid_year"]) if "mid_year" in given else False
    found = so_far(written)
    told = None
    if found.case is not None and found.appraisal is not None:
        with inside(place):
            told = figures(found.case, found.appraisal, delay_means=means)
    return {
        "complete": not found.missing,
        "missing": [
            {"pointer": one.pointer or "", "code": one.code, "detail": one.message} for one in found.missing
        ],
        "figures": told,
        "conventions": []
        if written.years is None or written.rate is None
        else conventions(
            years=written.years, rate=written.rate, currency=written.currency or "no currency", mid_year=mid_year,
            real_prices=prices == "real", delay_means=means,
        ),
    }  # fmt: skip


def _written(given: dict[str, Place]) -> Written:
    return Written(
        years=_maybe(given, "years", whole),
        rate=_maybe(given, "rate", number),
        currency=_maybe(given, "currency", text) or "",
        costs=tuple(_cost(one) for one in _lines(given, "costs")),
        benefits=tuple(_benefit(one) for one in _lines(given, "benefits")),
        finance_rate=_maybe(given, "finance_rate", number),
        reinvest_rate=_maybe(given, "reinvest_rate", number),
        spread=_spread(given),
        turns=tuple(_turn(one) for one in _lines(given, "scenarios")),
        do_nothing=_amounts(given, "do_nothing"),
        works=_maybe(given, "works", number),
        if_stopped=_amounts(given, "if_stopped"),
        if_carried_on=_amounts(given, "if_carried_on"),
    )


def _said(given: dict[str, Place]) -> dict[str, Place]:
    """Without what is null: nobody said."""
    return {name: place for name, place in given.items() if place.value is not None}


def _maybe(given: dict[str, Place], name: str, read: Callable[[Place], Read]) -> Read | None:
    return read(given[name]) if name in given else None


def _one_of(given: dict[str, Place], name: str, known: tuple[str, ...], otherwise: str) -> str:
    if name not in given or given[name].value == otherwise:
        return otherwise
    said = text(given[name])
    if said not in known:
        raise given[name].refuse("not_a_known_word", f"Give one of: {', '.join(known)}.")
    return said


def _lines(given: dict[str, Place], name: str) -> list[Place]:
    found = items(given[name]) if name in given else []
    if len(found) > _MOST_LINES:
        raise given[name].refuse("too_many_lines", f"Give at most {_MOST_LINES} lines.")
    return found


def _amounts(given: dict[str, Place], name: str) -> tuple[Decimal | None, ...]:
    found = items(given[name]) if name in given else []
    if len(found) > MOST_YEARS + 1:
        raise given[name].refuse("years_differ", f"Give at most {MOST_YEARS + 1} amounts.")
    return tuple(None if one.value is None else number(one) for one in found)


def _cost(place: Place) -> CostLine:
    given = _said(members(place, required=frozenset({"category"}), optional=_COST))
    if "category" not in given:
        raise place.refuse("member_missing", "Add “category”.")
    return CostLine(word(given["category"], CostCategory), _amounts(given, "amounts"))


def _benefit(place: Place) -> Benefit:
    given = _said(members(place, required=_NONE, optional=_BENEFIT))
    share = _maybe(given, "attribution", number)
    return Benefit(
        description=_maybe(given, "description", text) or "",
        type=_maybe(given, "type", lambda one: word(one, BenefitType)),
        evidence=_maybe(given, "evidence", lambda one: word(one, Evidence)),
        owner=_maybe(given, "owner", text) or "",
        kpi=_maybe(given, "kpi", text) or "",
        attribution=Decimal(1) if share is None else share,
        amounts=_amounts(given, "amounts"),
    )


def _turn(place: Place) -> Turn:
    given = _said(members(place, required=frozenset({"name", "haircut"}), optional=_SCENARIO))
    for name in ("name", "haircut"):
        if name not in given:
            raise place.refuse("member_missing", f"Add “{name}”.")
    cut, factor = number(given["haircut"]), _maybe(given, "outlay_factor", number)
    if cut > 1:
        with inside(place):
            after_haircut(Decimal(0), cut)
    if not cut > -10 or (factor is not None and not 0 <= factor < 100):
        raise place.refuse(
            "out_of_range", "Give a haircut above -10 and a factor of the outlay from 0, below 100."
        )
    return Turn(
        name=text(given["name"]),
        haircut=cut,
        years_late=_late(given, "years_late", 0),
        outlay=Decimal(1) if factor is None else factor,
        probability=_maybe(given, "probability", number),
    )


def _late(given: dict[str, Place], name: str, otherwise: int) -> int:
    if name not in given:
        return otherwise
    years = whole(given[name], at_least=0)
    if years > MOST_YEARS:
        raise given[name].refuse("too_large", f"Give at most {MOST_YEARS}.")
    return years


def _spread(given: dict[str, Place]) -> Spread:
    usual = Spread()
    said = {
        name: _maybe(given, f"spread_{name}", number) for name in ("benefits", "outlay", "rate", "running")
    }
    running = said["running"]
    if running is not None and not 0 <= running < 10**15:
        raise given["spread_running"].refuse(
            "amount_out_of_range", "Give an amount from 0 up, below 1,000,000,000,000,000."
        )
    return Spread(
        benefits=usual.benefits if said["benefits"] is None else said["benefits"],
        outlay=usual.outlay if said["outlay"] is None else said["outlay"],
        years_late=_late(given, "spread_years_late", usual.years_late),
        rate=usual.rate if said["rate"] is None else said["rate"],
        running=usual.running if running is None else running,
    )
