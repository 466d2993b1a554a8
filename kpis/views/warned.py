"""The early warnings of one initiative as its page shows them, each with the place where its fact can be changed."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.urls import reverse

from domain.kpi_warnings import Code
from kpis.models import Kpi
from kpis.queries.warned import UNKNOWN, Told, Warned, warned_of
from portfolio.models import Initiative


def warned_context(
    initiative: Initiative, kpis: Sequence[Kpi], today: date, *, may_define: bool, may_measure: bool
) -> dict[str, Any]:
    """What kpis/_warnings.html needs. A place is named only to whoever may change something there."""
    found = warned_of(initiative, as_of=today)
    return {
        "warned": found,
        "warnings": [
            (one, *_where(one, initiative, kpis, found, may_define=may_define, may_measure=may_measure))
            for one in found.told
        ],
        "unknown": [UNKNOWN[name] for name in found.unknown],
    }


def _where(
    one: Told,
    initiative: Initiative,
    kpis: Sequence[Kpi],
    found: Warned,
    *,
    may_define: bool,
    may_measure: bool,
) -> tuple[str, str]:
    """Where the fact behind a warning can be changed, and what that is called."""
    code = one.warning.code
    if one.kpi is not None:
        if one.version_id is not None:
            return reverse("kpi-version", args=[one.version_id]), f"{one.kpi.ref}, version {one.version}"
        return f"{reverse('kpi-detail', args=[one.kpi.ref])}#amendments", one.kpi.ref
    if code is Code.NO_CONSENSUS:
        refs = [ref for own in found.lacking.values() for ref in own]
        kpi = next((k for k in kpis if k.ref in refs), None) or next((k for k in kpis if k.primary), None)
        return (reverse("kpi-detail", args=[kpi.ref]), f"Sign-offs of {kpi.ref}") if kpi else ("", "")
    if code is Code.DIVERGENCE:
        kpi = next((k for k in kpis if k.pk in found.diverging), None)
        return (reverse("kpi-detail", args=[kpi.ref]), kpi.ref) if kpi else ("", "")
    if all(k.kind == Kpi.Kind.MODEL_METRIC for k in kpis):
        return (
            (reverse("kpi-create", args=[initiative.ref]), "Define a business KPI")
            if may_define
            else ("", "")
        )
    return (
        (reverse("initiative-check-in", args=[initiative.ref]), "Record a reading")
        if may_measure
        else ("", "")
    )
