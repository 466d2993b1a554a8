"""The four figures as they are drawn: value, bar, sentence, what could not be counted, and the rows behind."""

from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse

from core.plot.bars import Part
from core.wording import money, percent, plural
from portfolio.dashboard.findings import Figures
from portfolio.dashboard.selection import Selection


@dataclass(frozen=True, slots=True)
class Figure:
    """What components/figure.html draws. `nothing`: the value was never recorded, so there is no bar."""

    title: str
    value: str
    url: str
    text: str
    nothing: bool
    of: str = ""
    unknown: str = ""
    parts: tuple[Part, ...] = ()
    whole: float = 0.0
    bar_label: str = ""


def four_figures(chosen: Selection, seen: Figures, latest: list[str], currency: str) -> list[Figure]:
    """Invested, released against approved, validated against planned, spent past the decision date.

    `latest`: the pilots that spent most past their date, by name.
    """

    def rows(ledger: str, **more: str) -> str:
        return chosen.link(reverse("ledger", args=[ledger]), **more)

    return [
        _invested(seen, rows("spend"), currency),
        _released(seen, rows("tranches", released_on__isnull="false"), currency),
        _validated(seen, rows("benefits", kind="validated"), currency),
        _past_date(seen, latest, rows("spend", past_decision="true"), currency),
    ]


def _share(part: Decimal | None, whole: Decimal | None) -> str:
    return percent(part / whole) if part is not None and whole else ""


def _invested(seen: Figures, url: str, currency: str) -> Figure:
    share = _share(seen.invested, seen.released)
    missing = f"{plural(seen.without_spend, 'initiative')} in development or later: spend never recorded."
    return Figure(
        title="Invested to date",
        value=money(seen.invested, currency),
        url=url,
        nothing=seen.invested is None,
        text=f"{share} of what was released." if share else "",
        unknown=missing if seen.without_spend else "",
        parts=(Part(float(seen.invested or 0)),),
        whole=float(seen.released or seen.invested or 0),
    )


def _released(seen: Figures, url: str, currency: str) -> Figure:
    share = _share(seen.released, seen.approved)
    return Figure(
        title="Released against approved",
        value=money(seen.released, currency),
        of=money(seen.approved, currency) if seen.approved is not None else "",
        url=url,
        nothing=seen.released is None,
        text=f"{share} released. The rest waits behind gates." if share else "No tranche was ever recorded.",
        parts=(Part(float(seen.released or 0)),),
        whole=float(seen.approved or 0),
    )


def _validated(seen: Figures, url: str, currency: str) -> Figure:
    share = _share(seen.validated, seen.planned)
    claimed = money(seen.claimed, currency) if seen.claimed is not None else "Nothing"
    rejected = (
        f" Finance rejected {money(seen.rejected, currency)} of what is claimed." if seen.rejected else ""
    )
    return Figure(
        title="Value validated against planned to date",
        value=money(seen.validated, currency),
        of=money(seen.planned, currency) if seen.planned is not None else "",
        url=url,
        nothing=seen.validated is None,
        text=f"{share} validated by finance. {claimed} is claimed in all.{rejected}"
        if share
        else f"No benefit was ever validated.{rejected}",
        parts=(
            Part(float(seen.claimed or 0), "out"),
            Part(float(seen.validated or 0), "acc"),
            Part(float(seen.planned or 0), tick=True),
        ),
        whole=float(max(seen.planned or 0, seen.claimed or 0, seen.validated or 0)) * 1.02,
    )


def _past_date(seen: Figures, latest: list[str], url: str, currency: str) -> Figure:
    pilots = seen.past_date_pilots
    told = "No spend is recorded after a decision date."
    if pilots:
        more = f" and {pilots - len(latest)} more" if pilots > len(latest) else ""
        told = f"{plural(pilots, 'pilot')} spent on after the date to decide: {', '.join(latest)}{more}."
    dateless = (
        f"{plural(seen.pilots_without_date, 'pilot')} without a decision date: theirs cannot be counted."
    )
    nothing = seen.past_date is None and seen.invested is None
    return Figure(
        title="Spent past decision date",
        value=money(seen.past_date, currency) if seen.past_date is not None or nothing else "none",
        url=url,
        nothing=nothing,
        text=told,
        unknown=dateless if seen.pilots_without_date else "",
        parts=(Part(float(seen.past_date or 0), "warn"),),
        whole=float(seen.invested or 0) / 10,
    )
