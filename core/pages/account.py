"""One's own account: who one is here, and one's API tokens."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core.editing import submit
from core.errors import forbidden, not_found
from core.http import actor_of, moment_of, page_view, today_only
from core.models import ApiToken
from core.pages.consent import offered
from core.pages.forms import TokenForm
from core.queries import own_tokens, requests_of
from core.roles import Action
from core.tokens import create_token, revoke_token
from core.values import read_ref


@page_view(Action.OWN_TOKENS, methods=("GET", "HEAD"))
def account(request: HttpRequest) -> HttpResponse:
    """Name, roles, an address that waits for one's consent, and tokens with when they were last used."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    user = actor.user
    asked = [one for one in requests_of(user, at, "email") if one.state == "waiting"] if user else []
    grants = user.grants.select_related("unit").order_by("pk") if user else ()
    tokens = own_tokens(actor).order_by("-id")
    context = {"person": user, "grants": grants, "tokens": tokens, "requests": offered(asked, actor)}
    return render(request, "core/account.html", context)


@page_view(Action.OWN_TOKENS)
def token_create(request: HttpRequest) -> HttpResponse:
    """Make a token; its secret is in this one answer and nowhere else."""
    actor, at = actor_of(request), moment_of(request)
    user = actor.user
    if user is None:
        raise forbidden()

    def save(form: TokenForm) -> tuple[ApiToken, str]:
        return create_token(user=user, by=actor, at=at, **form.cleaned_data)

    done = submit(request, TokenForm(request.POST or None), save)
    if done.row is not None:
        token, secret = done.row
        return render(request, "core/token_made.html", {"token": token, "secret": secret}, status=201)
    return render(request, "core/token_form.html", {"form": done.form}, status=done.status)


@page_view(Action.OWN_TOKENS, methods=("POST",))
def token_revoke(request: HttpRequest, pk: str) -> HttpResponse:
    """End a token now."""
    actor = actor_of(request)
    token = own_tokens(actor).filter(pk=read_ref(pk, "")).first()
    if token is None:
        raise not_found()
    revoke_token(token=token, by=actor, at=moment_of(request))
    messages.success(request, f"{token.name} is revoked. Whatever used it is refused from now on.")
    return redirect("account")
