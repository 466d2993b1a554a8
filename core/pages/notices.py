"""What one was told, and how one wants to be told."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core import clock
from core.calendar import calendar_of, of_day
from core.editing import submit
from core.errors import forbidden
from core.http import actor_of, moment_of, page_view, paginate, today_only
from core.models import Notice
from core.notices import choose, read, zones
from core.reminders import owed_by
from core.roles import Action
from core.values import read_ref
from domain.reminders import Mails

WORDS = {
    Mails.AT_ONCE: "At once",
    Mails.DAILY: "Once a day, at seven in the morning",
    Mails.WEEKLY: "Once a week, on Monday at seven",
    Mails.NEVER: "Never: I read them here",
}
# The same inside a sentence.
MAIL = {
    Mails.AT_ONCE: "at once",
    Mails.DAILY: "once a day, in your morning",
    Mails.WEEKLY: "once a week, on Monday morning",
    Mails.NEVER: "none, as you chose",
}


class NoticeSettingsForm(forms.Form):
    """How often mail comes, and where the reader's morning is."""

    mails = forms.ChoiceField(
        choices=[(one.value, words) for one, words in WORDS.items()], label="Mail", widget=forms.RadioSelect
    )
    time_zone = forms.ChoiceField(
        choices=[], required=False, label="Your time zone", help_text="Reminders come in your morning."
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["time_zone"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [
                ("", f"The organisation's, {settings.ORG_TIME_ZONE}"),
                *((name, name) for name in zones()),
            ]


@page_view(Action.OWN_TOKENS, methods=("GET", "HEAD"))
def notice_list(request: HttpRequest) -> HttpResponse:
    """What one was told, the latest first; what has not been read stands out."""
    today_only(request)
    user = actor_of(request).user
    if user is None:
        raise forbidden()
    rows = Notice.objects.filter(user=user).order_by("-id")
    context = {"page": paginate(request, rows), "person": user, "words": MAIL[Mails(user.mails)]}
    return render(request, "core/notice_list.html", context)


@page_view(Action.OWN_TOKENS, methods=("GET", "HEAD"))
def due_calendar(request: HttpRequest) -> HttpResponse:
    """What one owes in the year to come and has owed for a quarter, for a calendar."""
    actor, at = actor_of(request), moment_of(request)
    if actor.user is None:
        raise forbidden()
    today = clock.day_of(at)
    rows = owed_by(actor.user.pk, today - timedelta(days=90), today + timedelta(days=365))
    entries = [
        of_day(
            f"{one.subject}-{actor.user.pk}",
            one.due_on,
            one.title,
            description=one.body,
            url=f"{settings.SITE_URL}{one.url}",
        )
        for one in rows
    ]
    answer = HttpResponse(
        calendar_of(entries, at, "Throughline: what is due"), content_type="text/calendar; charset=utf-8"
    )
    answer["Content-Disposition"] = 'attachment; filename="throughline-due.ics"'
    return answer


@page_view(Action.OWN_TOKENS, methods=("POST",))
def notice_read(request: HttpRequest) -> HttpResponse:
    """Mark one as read and go where it leads, or all of them."""
    asked = request.POST.get("notice", "")
    pk = read_ref(asked, "") if asked else None
    actor = actor_of(request)
    read(by=actor, at=moment_of(request), pk=pk)
    row = Notice.objects.filter(user=actor.user, pk=pk).first() if pk is not None else None
    return redirect(row.url if row is not None and row.url.startswith("/") else "notice-list")


@page_view(Action.OWN_TOKENS)
def notice_settings(request: HttpRequest) -> HttpResponse:
    """How often mail comes, and the reader's time zone."""
    actor, at = actor_of(request), moment_of(request)
    user = actor.user
    if user is None:
        raise forbidden()
    initial = {"mails": user.mails, "time_zone": user.time_zone}

    def save(form: NoticeSettingsForm) -> bool:
        choose(by=actor, at=at, **form.cleaned_data)
        return True

    done = submit(request, NoticeSettingsForm(request.POST or None, initial=initial), save)
    if done.row is not None:
        messages.success(request, "Kept. What waits to be mailed goes out like this from now on.")
        return redirect("notice-list")
    here = at.astimezone(ZoneInfo(user.time_zone or settings.ORG_TIME_ZONE))
    return render(
        request, "core/notice_settings.html", {"form": done.form, "here": f"{here:%H:%M}"}, status=done.status
    )
