"""Letting a draft stand as the version in force."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core.access import require
from core.editing import submit
from core.errors import Item, Problem, conflict
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from funding.forms import PublishForm
from funding.models import BusinessCase
from funding.queries.cases import lines_of
from funding.services.cases import publish_case
from funding.views.case import version_context
from funding.views.find import case_frame, draft_of, published


@page_view(Action.RECORD_MONEY)
def case_publish(request: HttpRequest, ref: str) -> HttpResponse:
    """The draft once more in one sentence, why it is published, and one button."""
    today_only(request)
    initiative, versions, context = case_frame(request, ref)
    by, at = actor_of(request), moment_of(request)
    require(by, Action.RECORD_MONEY, initiative)
    draft = draft_of(versions)
    if draft is None:
        raise conflict("no_draft", "There is no draft to publish. Write the next version first.")
    form = PublishForm(
        request.POST or None, initial={"version": draft.version}, first=not published(versions)
    )

    def save(typed: PublishForm) -> BusinessCase:
        said = typed.cleaned_data
        try:
            return publish_case(
                pk=draft.pk, because=said["because"], by=by, at=at, expected_version=said["version"]
            )
        except Problem as problem:
            raise _at_the_top(problem) from problem

    done = submit(request, form, save)
    if done.row is not None:
        messages.success(request, f"Version {done.row.number} is published and in force.")
        return redirect("initiative-case", initiative.ref)
    shown = _again(done.form, draft) if done.status == 409 else done.form
    context |= {"case": draft, "form": shown, **version_context(lines_of(draft))}
    return render(request, "funding/case_publish.html", context, status=done.status)


def _again(form: PublishForm, draft: BusinessCase) -> PublishForm:
    """The form as sent, of the draft as it is now: sent once more it publishes what is shown."""
    data = dict(form.data.items())
    data["version"] = str(draft.version)
    again = PublishForm(data, first=not form.fields["because"].required)
    again.is_valid()
    for error in form.non_field_errors():
        again.add_error(None, str(error))
    return again


def _at_the_top(problem: Problem) -> Problem:
    """What is wrong with the draft stands at the top of this form: its field is on another page."""
    items = tuple(
        Item(one.pointer if one.pointer == "/because" else "", one.code, one.detail) for one in problem.items
    )
    if problem.code == "stale_version":
        return Problem(
            409,
            "changed_meanwhile",
            "Somebody saved the draft after you opened this page. Look again, then publish.",
        )
    return Problem(problem.status, problem.code, problem.detail, items)
