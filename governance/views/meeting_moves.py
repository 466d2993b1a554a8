"""Moving and cancelling a meeting on a page, each with its reason."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core.editing import submit
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from governance.forms.meetings import CancelForm, MoveForm
from governance.models import Meeting
from governance.services.council_meetings import cancel_meeting
from governance.services.meeting_moves import move_meeting
from governance.views.council import find_meeting


@page_view(Action.ARRANGE_COUNCIL)
def meeting_move(request: HttpRequest, ref: str) -> HttpResponse:
    """Another time or place. Calendars and reminders follow."""
    today_only(request)
    actor, at, row = actor_of(request), moment_of(request), find_meeting(ref)

    def save(form: MoveForm) -> Meeting:
        given = form.facts()
        return move_meeting(
            meeting_id=row.pk, by=actor, at=at, expected_version=form.expected_version, **given
        )

    initial = {
        "begins_at": row.begins_at, "ends_at": row.ends_at, "place": row.place, "version": row.version,
    }  # fmt: skip
    done = submit(request, MoveForm(request.POST or None, initial=initial), save, row)
    if done.row is not None:
        messages.success(request, f"{done.row.get_kind_display()} {done.row.number} is moved.")
        return redirect("council-meeting", row.ref)
    context = {
        "form": done.form, "heading": "Move it", "button": "Move it", "meeting": row, "conflict": done.conflict,
        "lede": "Members who have the meeting in their calendar get the new time with the next update of the entry.",
    }  # fmt: skip
    return render(request, "governance/council_form.html", context, status=done.status)


@page_view(Action.ARRANGE_COUNCIL)
def meeting_cancel(request: HttpRequest, ref: str) -> HttpResponse:
    """It does not take place; what was on its agenda waits for the next one."""
    today_only(request)
    actor, at, row = actor_of(request), moment_of(request), find_meeting(ref)
    done = submit(
        request, CancelForm(request.POST or None),
        lambda form: cancel_meeting(meeting_id=row.pk, by=actor, at=at, because=form.cleaned_data["because"]),
    )  # fmt: skip
    if done.row is not None:
        messages.success(request, f"{done.row.get_kind_display()} {done.row.number} is cancelled.")
        return redirect("council-meeting", row.ref)
    context = {
        "form": done.form, "heading": "Cancel it", "button": "Cancel the meeting", "meeting": row,
        "lede": "Every item of its agenda is taken off, and calls for the next one.",
    }  # fmt: skip
    return render(request, "governance/council_form.html", context, status=done.status)
