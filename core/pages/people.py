"""People and their roles, for administrators."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from core.access import require_anywhere
from core.editing import submit
from core.errors import not_found
from core.filtering import FilterForm, chips
from core.grants import grant_role, needs_second, revoke_role
from core.http import actor_of, moment_of, page_view, today_only
from core.models import AccessRequest, Role, RoleGrant, User
from core.pages.consent import offered
from core.pages.forms import GrantForm, PersonForm
from core.people import add_user, deactivate_user, edit_user, person, reactivate_user
from core.proposals import propose_role
from core.queries import USERS, requests_of, waiting_requests
from core.roles import Action
from core.tables import Column, list_page
from core.values import read_int, read_ref

CELLS = "core/cells"
COLUMNS = (
    Column("name", "Person", f"{CELLS}/person.html", lambda r: r.name, sort="name"),
    Column("email", "E-mail", f"{CELLS}/person_email.html", lambda r: r.email, sort="email"),
    Column("roles", "Roles", f"{CELLS}/person_roles.html", lambda r: "; ".join(_said(g) for g in r.grants.all()), css="full"),
    Column("last", "Last here", f"{CELLS}/person_last.html", lambda r: r.last_active_on, sort="last_active_on", css="num"),
    Column("state", "State", f"{CELLS}/person_state.html", lambda r: "active" if r.is_active else "left"),
)  # fmt: skip


class Filters(FilterForm):
    """Above the list."""

    q = forms.CharField(
        label="Search", widget=forms.TextInput(attrs={"type": "search", "placeholder": "Name, e-mail"})
    )
    role = forms.ChoiceField(choices=[("", "All roles"), *Role.choices])
    is_active = forms.ChoiceField(
        label="State", choices=[("", "Active and left"), ("true", "Active"), ("false", "Left")]
    )


@page_view(Action.MANAGE_USERS, methods=("GET", "HEAD"))
def person_list(request: HttpRequest) -> HttpResponseBase:
    """Everybody, with their roles."""
    require_anywhere(actor_of(request), Action.MANAGE_USERS)
    form = Filters(request)
    by, at = actor_of(request), moment_of(request)
    return list_page(
        request, rows=User.objects.prefetch_related("grants__unit"), listing=USERS, columns=COLUMNS,
        template="core/person_list.html", filename="people",
        context={
            "caption": "People", "filters": form, "filters_set": chips(request, form, USERS, {}),
            "empty": {"title": "Nobody yet", "action": "Add a person", "url": reverse("person-create")},
            "waiting": offered(list(waiting_requests(at)), by),
        },
    )  # fmt: skip


@page_view(Action.MANAGE_USERS)
def person_create(request: HttpRequest) -> HttpResponse:
    """Add a person; roles come next."""
    by, at = actor_of(request), moment_of(request)
    require_anywhere(by, Action.MANAGE_USERS)
    done = submit(
        request, PersonForm(request.POST or None), lambda f: add_user(by=by, at=at, **f.cleaned_data)
    )
    if done.row is not None:
        messages.success(
            request, f"{done.row.name} is added. Give a role next; without one they see nothing."
        )
        return redirect("person-detail", done.row.pk)
    return render(request, "core/person_form.html", {"form": done.form}, status=done.status)


@page_view(Action.MANAGE_USERS)
def person_edit(request: HttpRequest, pk: str) -> HttpResponse:
    """Change a name, a title. An address has a page of its own."""
    by, at = actor_of(request), moment_of(request)
    require_anywhere(by, Action.MANAGE_USERS)
    row = person(read_ref(pk, ""))
    facts = {
        "name": row.name, "title": row.title, "manager": row.manager_id, "is_service": row.is_service, "version": row.version,
    }  # fmt: skip

    def save(form: PersonForm) -> User:
        return edit_user(pk=row.pk, by=by, at=at, expected_version=form.expected_version, **form.changed())

    done = submit(request, PersonForm(request.POST or None, initial=facts, record=row), save, row)
    if done.row is not None:
        messages.success(request, f"{done.row.name} is saved.")
        return redirect("person-detail", row.pk)
    context = {"form": done.form, "person": row, "conflict": done.conflict}
    return render(request, "core/person_form.html", context, status=done.status)


@page_view(Action.MANAGE_USERS)
def person_detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One person: roles, what waits for consent, and what can be done about them."""
    today_only(request)
    by, at = actor_of(request), moment_of(request)
    require_anywhere(by, Action.MANAGE_USERS)
    row = person(read_ref(pk, ""))

    def give(form: GrantForm) -> RoleGrant | AccessRequest:
        facts = form.cleaned_data
        if needs_second(by, row, facts["role"], facts["unit"]):
            return propose_role(user=row, by=by, at=at, **facts)
        return grant_role(user=row, by=by, at=at, **facts)

    done = submit(request, GrantForm(request.POST or None, actor=by), give)
    if done.row is not None:
        role = Role(done.row.role).label.lower()
        given = isinstance(done.row, RoleGrant)
        messages.success(
            request,
            f"{row.name} is {role} now." if given else f"The role {role} waits for a second administrator.",
        )
        return redirect("person-detail", row.pk)
    open_requests = [one for one in requests_of(row, at) if one.state in {"waiting", "lapsed"}]
    context = {
        "person": row,
        "grants": row.grants.select_related("unit", "granted_by", "confirmed_by").order_by("pk"),
        "requests": offered(open_requests, by),
        "tokens": row.tokens.filter(revoked_at=None, expires_at__gt=at).count(),
        "form": done.form,
        "own": row.pk == request.user.pk,
    }
    return render(request, "core/person_detail.html", context, status=done.status)


@page_view(Action.MANAGE_USERS, methods=("POST",))
def grant_revoke(request: HttpRequest, pk: str) -> HttpResponse:
    """Take a role back."""
    user = person(read_ref(pk, ""))
    grant = RoleGrant.objects.filter(user=user, pk=read_int("grant", request.POST.get("grant", ""))).first()
    if grant is None:
        raise not_found()
    revoke_role(grant=grant, by=actor_of(request), at=moment_of(request))
    messages.success(
        request,
        f"{user.name} is no longer {Role(grant.role).label.lower()} there, and is signed out everywhere.",
    )
    return redirect("person-detail", user.pk)


@page_view(Action.MANAGE_USERS, methods=("POST",))
def person_state(request: HttpRequest, pk: str) -> HttpResponse:
    """Somebody leaves (`state=left`) or comes back (`state=active`)."""
    key, by, at = read_ref(pk, ""), actor_of(request), moment_of(request)
    if request.POST.get("state") == "left":
        row = deactivate_user(pk=key, by=by, at=at)
        messages.success(request, f"{row.name} is signed out everywhere; their tokens are dead.")
    else:
        row = reactivate_user(pk=key, by=by, at=at)
        waits = any(one.state == "waiting" for one in requests_of(row, at, "role"))
        rest = " What two administrators give waits for the second." if waits else ""
        messages.success(request, f"{row.name} is back, with the roles they had.{rest}")
    return redirect("person-detail", key)


def _said(grant: RoleGrant) -> str:
    return f"{grant.get_role_display()}, {grant.unit.name if grant.unit else 'everywhere'}"
