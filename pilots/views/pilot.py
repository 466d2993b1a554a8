"""A pilot's tab on its initiative, and the forms that change it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from core import clock
from core.access import allows, require
from core.editing import submit
from core.errors import not_found
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from core.values import read_ref
from core.wording import day as day_words
from domain.finance.extension import LENGTHS
from domain.stages import Body
from pilots.charts import paths_of
from pilots.forms import ExtensionForm, PilotForm, suggested
from pilots.models import Pilot, PilotExtension
from pilots.queries.board import seen_by, told
from pilots.queries.facts import facts_of, records, sponsor_last_act, with_people
from pilots.queries.file import likeness_of, scope_score, snoozes_of
from pilots.queries.pricing import pricing_of
from pilots.queries.why import WHERE, flips, severe
from pilots.queries.words import FACTS, MEANS, RULE_OF, remedy_words
from pilots.services.charter import edit_pilot
from pilots.services.extend import grant_extension
from pilots.services.lengthening import who_extends
from pilots.services.plan import BEFORE
from pilots.views.pages import pages
from pilots.views.plan import planned
from portfolio.views.frame import address, find_initiative, frame


def find_pilot(request: HttpRequest, ref: str) -> Pilot:
    """The pilot by `P-0042` or `42`, with its people. Problem 404 for what the reader may not know."""
    today = clock.day_of(moment_of(request))
    row = with_people(seen_by(actor_of(request), today)).filter(pk=read_ref(ref, "P")).first()
    if row is None:
        raise not_found()
    return row


@page_view(Action.VIEW)
def pilot_detail(request: HttpRequest, ref: str) -> HttpResponse:
    """A pilot is a tab of its initiative."""
    return redirect("initiative-pilot", find_pilot(request, ref).initiative.ref)


@page_view(Action.VIEW)
def tab(request: HttpRequest, ref: str) -> HttpResponse:
    """How the pilot stands and why, what is on record, and what nobody ever recorded."""
    today_only(request)
    actor, today = actor_of(request), clock.day_of(moment_of(request))
    initiative = find_initiative(request, ref)
    rows = with_people(seen_by(actor, today)).filter(initiative=initiative).order_by("-pk")
    pilots = list(rows)
    context = frame(request, initiative, "initiative-pilot")
    if not pilots or (pilots[0].ended_on is not None and initiative.stage in BEFORE):
        context |= {**planned(request, initiative), "earlier": pilots}
        return render(request, "pilots/initiative_planned.html", context)
    pilot = pilots[0]
    (record,) = records([pilot], today)
    facts = facts_of(record, today)
    may_edit = pilot.ended_on is None and allows(actor, Action.EDIT_PILOT, pilot)
    open_flags = told([pilot])[pilot.pk]
    context |= {
        "pilot": pilot, "record": record, "days": facts.days_in_stage if isinstance(facts.days_in_stage, int) else None,
        "flags": [(flag, _where(flag.rule, pilot) if may_edit else ("", "")) for flag in open_flags],
        "rule": RULE_OF.get(pilot.level, ""), "means": MEANS.get(pilot.level, ""),
        "severe": [(code, pilot.rules[code]) for code in severe(pilot.rules)],
        "flips": flips(facts, pilot.rules),
        "remedy": remedy_words(pilot.remedy, pilot.remedy_detail),
        "unknown": [FACTS[name] for name in pilot.unknown],
        "sponsor_act": sponsor_last_act(record), "drawn": paths_of([initiative.pk], today).get(initiative.pk),
        "earlier": pilots[1:], "pages": pages(""), "scope": scope_score(pilot),
        "likeness": likeness_of(pilot)[0], "snoozes": snoozes_of(open_flags, today), "may_edit_pilot": may_edit,
        "may_extend": pilot.ended_on is None and allows(actor, Action.EXTEND_PILOT, pilot),
    }  # fmt: skip
    return render(request, "pilots/initiative_pilot.html", context)


def _where(rule: str, pilot: Pilot) -> tuple[str, str]:
    """(words, address) of the place where the fact behind a rule can be changed."""
    words, name, anchor = WHERE.get(rule, ("", "", ""))
    if not name:
        return ("", "")
    ref = pilot.ref if name.startswith("pilot-") else pilot.initiative.ref
    url = address(name, ref)
    return (words, f"{url}#{anchor}" if anchor and url else url)


@page_view(Action.EDIT_PILOT)
def pilot_edit(request: HttpRequest, ref: str) -> HttpResponse:
    """Record facts. When somebody saved in between, both versions are shown and nothing typed is lost."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    row = find_pilot(request, ref)
    require(actor, Action.EDIT_PILOT, row)

    def save(form: PilotForm) -> Pilot:
        because = form.cleaned_data["because"]
        return edit_pilot(
            pk=row.pk,
            by=actor,
            at=at,
            expected_version=form.expected_version,
            because=because,
            **form.facts(),
        )

    done = submit(request, PilotForm(request.POST or None, record=row), save, row)
    if done.row is not None:
        messages.success(request, "Saved, and the pilot is judged again.")
        return redirect("initiative-pilot", row.initiative.ref)
    context = {
        **frame(request, row.initiative, "initiative-pilot"), "pilot": row, "form": done.form, "conflict": done.conflict,
        "held_to": row.planned_days is not None or row.decision_on is not None,
    }  # fmt: skip
    return render(request, "pilots/pilot_form.html", context, status=done.status)


@page_view(Action.EXTEND_PILOT)
def pilot_extend(request: HttpRequest, ref: str) -> HttpResponse:
    """Grant an extension, where it is the portfolio manager's to grant."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    today = clock.day_of(at)
    row = find_pilot(request, ref)
    require(actor, Action.EXTEND_PILOT, row)

    def save(form: ExtensionForm) -> PilotExtension:
        return grant_extension(
            pilot_id=row.pk, by=actor, at=at, expected_version=form.expected_version, **form.facts()
        )

    done = submit(request, ExtensionForm(request.POST or None, initial=suggested(row)), save, row)
    if done.row is not None:
        messages.success(request, f"Extended: the pilot runs to {day_words(done.row.new_end_on, today)}.")
        return redirect("initiative-pilot", row.initiative.ref)
    context = {
        **frame(request, row.initiative, "initiative-pilot"), "pilot": row, "form": done.form, "conflict": done.conflict,
        "extensions": list(row.extensions.all()), "council": who_extends(row) is Body.COUNCIL,
        "pricing": pricing_of(row.initiative, today, tuple(sorted({*LENGTHS, int(suggested(row)["days"])}))),
        "standing_end": row.planned_end_on, "back": reverse("initiative-pilot", args=[row.initiative.ref]),
    }  # fmt: skip
    return render(request, "pilots/extension_form.html", context, status=done.status)
