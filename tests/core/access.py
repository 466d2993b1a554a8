"""Who may do what at the addresses that belong to no room."""

from core.access import actor_for
from core.models import ApiToken, AuditEvent, Job, RoleGrant, User
from core.proposals import propose_address, propose_role
from core.tokens import create_token
from tests.cast import AT, PASSWORD
from tests.core.access_table import ROLED, WIDE, Case, Open, Row, World, reads, row

IN_CLAIMS = "alice bob mona vera"  # hold a role in claims only
IN_RETAIL = "charlie ursula"
OUTSIDE = (
    "Django's own sign-in pages: they serve those who are not signed in, and say nothing of the portfolio."
)
STAFF = "The admin site asks for staff; nobody of the cast is."


def furnish(world: World) -> None:
    """Units, a person, a token of alice's, a job of alice's, an event; what adam may answer, and what he may not."""
    cast = world.cast
    world.ids |= {f"unit.{name}": getattr(cast, name).pk for name in ("retail", "cards", "claims")}
    world.ids |= {
        "user.vera": cast.vera.pk,
        "user.adam": cast.adam.pk,
        "user.max": cast.max.pk,
        "user.bob": cast.bob.pk,
    }
    world.ids["grant.vera"] = RoleGrant.objects.get(user=cast.vera).pk
    token, _ = create_token(
        user=cast.alice, name="feed", scopes=["kpis:write"], by=cast.actor("alice"), at=AT
    )
    world.ids["token.alice"] = ApiToken.objects.get(pk=token.pk).pk
    job = Job.objects.create(kind="import", title="A file", created_by=cast.alice, created_at=AT)
    world.ids["job.alice"] = job.pk
    event = AuditEvent.objects.earliest("id")
    world.ids["event.first"] = event.pk
    second = User.objects.create_user("second@calder.example", name="Second", created_at=AT)
    RoleGrant.objects.create(user=second, role="admin", granted_at=AT)
    theirs, adams = actor_for(second, via="page"), cast.actor("adam")
    for at, by, user in (("vera", theirs, cast.vera), ("bob", adams, cast.bob), ("adam", theirs, cast.adam)):
        asked = propose_role(
            user=user, role="council_member", unit=None, because="A seat is free", by=by, at=AT
        )
        address = propose_address(
            user=user, email=f"{at}2@calder.example", because="A new name", by=by, at=AT
        )
        world.ids |= {f"request.{at}": asked.pk, f"address.{at}": address.pk}


PERSON = {"email": "new@calder.example", "name": "New Person"}
NAME = {"name": "Treasury"}

ROWS: dict[str, Row | Open] = {
    # Where everybody starts, and what machines ask.
    "home": row(Case(get=f"302: {ROLED} nobody")),
    "healthz": Open("A load balancer asks whether the process lives."),
    "readyz": Open("A load balancer asks whether to send people here.", frozenset({200, 503})),
    "style": Open("For signed-in staff; tests/house/test_templates.py holds it closed to others.", frozenset({302})),
    "api-schema": row(Case(get=f"200: {ROLED} nobody")),
    # The rules as calculators: they read no record. Whoever may ask is told that this is no list of cases.
    "api-calculate": row(Case(post=f"400: {ROLED}", data={"no": "list"}), kind="=kpi-rollup"),
    "api-docs": row(Case(get=f"200: {ROLED} nobody")),
    # One's own account.
    "account": reads(ROLED),
    "notice-list": reads(ROLED),
    "due-calendar": reads(ROLED),
    "notice-read": row(Case(post=f"302: {ROLED}")),
    "notice-settings": row(
        Case(get=f"200: {ROLED}", post=f"302: {ROLED}", data={"mails": "daily", "time_zone": "Europe/Oslo"})
    ),
    "token-create": row(
        Case(get=f"200: {ROLED}", post=f"201: {ROLED}", data={"name": "feed", "scopes": ["kpis:write"], "days": 30})
    ),
    "token-revoke": row(
        Case(at="alice", post="302: alice; 404: bob charlie dana edith max mona audrey adam vera ursula"), pk="token"
    ),
    "api:tokens-list": row(
        Case(get=f"200: {ROLED}", post=f"201: {ROLED}", data={"name": "feed", "scopes": ["kpis:write"]})
    ),
    "api:tokens-detail": row(
        Case(at="alice", get="200: alice; 404: bob charlie dana edith max mona audrey adam vera ursula"), pk="token"
    ),
    "api:tokens-revoke": row(
        Case(at="alice", post="200: alice; 404: bob charlie dana edith max mona audrey adam vera ursula"), pk="token"
    ),
    "api:jobs-list": reads(ROLED),
    "api:jobs-detail": row(
        Case(at="alice", get="200: alice adam; 404: bob charlie dana edith max mona audrey vera ursula"), pk="job"
    ),
    # People.
    "person-list": reads("adam"),
    "person-create": row(Case(get="200: adam", post="302: adam", data=PERSON)),
    "person-detail": row(
        Case(at="vera", get="200: adam", post="302: adam", data={"role": "executive", "unit": ""}),
        # A seat on the council is proposed, also for oneself; a second administrator consents or does not.
        Case(
            at="adam", get="200: adam", post="302: adam",
            data={"role": "council_chair", "unit": "", "because": "The chair is free"},
        ),
        Case(at="nowhere", get="404: adam", post="404: adam"),
        pk="user",
    ),
    "person-edit": row(
        Case(at="vera", get="200: adam", post="302: adam", data={"name": "Vera", "version": 1}),
        pk="user",
    ),
    "person-address": row(
        Case(at="max", get="200: adam", post="302: adam", data={"email": "m@calder.example", "because": "Married"}),
        Case(at="nowhere", get="404: adam", post="404: adam"),
        pk="user",
    ),
    # Who proposed it, and who receives it, does not consent.
    "request-answer": row(
        Case(at="vera", post="302: adam", data={"answer": "confirm"}),
        Case(at="bob", post="403: adam", data={"answer": "confirm"}),
        Case(at="adam", post="403: adam", data={"answer": "decline"}),
        Case(at="nowhere", post="404: adam", data={"answer": "confirm"}),
        pk="user", request_id="request",
    ),
    "own-address": row(
        Case(get=f"200: {ROLED}", post=f"302: {ROLED}", data={"email": "new@calder.example", "password": PASSWORD}),
    ),
    # An address is one's own matter: others are not even told of it here.
    "own-request-answer": row(
        Case(at="vera", post="302: vera; 404: alice bob charlie dana edith max mona audrey adam ursula", data={"answer": "confirm"}),
        Case(at="bob", post="302: bob; 404: alice charlie dana edith max mona audrey adam vera ursula", data={"answer": "decline"}),
        request_id="address",
    ),
    "grant-revoke": row(Case(at="vera", post="302: adam", data={"grant": "$grant.vera"}), pk="user"),
    "person-state": row(
        Case(at="vera", post="302: adam", data={"state": "left"}),
        Case(at="adam", post="409: adam", data={"state": "left"}),
        pk="user",
    ),
    "api:users-list": row(Case(get=f"200: {ROLED}", post="201: adam", data=PERSON)),
    "api:users-detail": row(
        Case(at="vera", get=f"200: {ROLED}", patch="200: adam", data={"title": "Reader"}),
        # Nobody's address is changed by one administrator alone.
        Case(at="vera", get=f"200: {ROLED}", patch="403: adam", data={"email": "v@calder.example"}),
        Case(at="nowhere", get=f"404: {ROLED}", patch="404: adam", data={"title": "Reader"}),
        pk="user",
    ),
    "api:users-deactivate": row(Case(at="vera", post="200: adam"), Case(at="adam", post="409: adam"), pk="user"),
    "api:users-reactivate": row(Case(at="vera", post="200: adam"), pk="user"),
    "api:users-grants": row(
        Case(at="vera", get="200: adam", post="201: adam", data={"role": "executive", "unit": None}),
        Case(at="vera", get="200: adam", post="403: adam", data={"role": "council_member", "unit": None}),
        Case(at="adam", get="200: adam", post="403: adam", data={"role": "auditor", "unit": None}),
        pk="user",
    ),
    "api:users-grant-requests": row(
        Case(
            at="max", get="200: adam", post="201: adam",
            data={"role": "council_member", "unit": None, "because": "A seat is free"},
        ),
        Case(at="nowhere", get="404: adam", post="404: adam"),
        pk="user",
    ),
    "api:users-answer-grant": row(
        Case(at="vera", post="200: adam"),
        Case(at="bob", post="403: adam"),
        Case(at="adam", post="403: adam"),
        Case(at="nowhere", post="404: adam"),
        pk="user", request_id="request", answer="=confirm",
    ),
    "api:users-email-changes": row(
        Case(at="max", get="200: adam", post="201: adam", data={"email": "m@calder.example", "because": "Married"}),
        Case(at="nowhere", get="404: adam", post="404: adam"),
        pk="user",
    ),
    "api:users-answer-email": row(
        Case(at="vera", post="200: adam"),
        Case(at="bob", post="403: adam"),
        Case(at="nowhere", post="404: adam"),
        pk="user", request_id="address", answer="=confirm",
    ),
    "api:users-revoke": row(Case(at="vera", post="200: adam"), pk="user", grant_id="grant"),
    # Units: read where a role is held, and below.
    "unit-list": reads(ROLED),
    "unit-create": row(Case(get="200: max adam", post="302: max adam", data=NAME)),
    "unit-edit": row(
        Case(
            at="cards", get="200: max adam", post="302: max adam",
            data={"name": "Payment cards", "parent": "$unit.retail", "active": "on", "version": 1},
        ),
        Case(at="nowhere", get="404: max adam", post="404: max adam"),
        pk="unit",
    ),
    "api:business-units-list": row(Case(get=f"200: {ROLED}", post="201: max adam", data=NAME)),
    "api:business-units-detail": row(
        Case(
            at="cards", get=f"200: {IN_RETAIL} {WIDE}; 404: {IN_CLAIMS}", patch="200: max adam", data={"name": "Payment cards"},
        ),
        Case(at="claims", get=f"200: {IN_CLAIMS} {WIDE}; 404: {IN_RETAIL}", patch="200: max adam", data={"code": "CL"}),
        Case(at="nowhere", get=f"404: {ROLED}", patch="404: max adam", data={"code": "CL"}),
        pk="unit",
    ),
    # The audit log.
    "event-list": reads("audrey"),
    "api:events-list": reads("audrey"),
    "api:events-detail": row(Case(at="first", get="200: audrey"), Case(at="nowhere", get="404: audrey"), pk="event"),
    # Sign-in pages of the sign-in library.
    "account_login": Open(OUTSIDE),
    "account_logout": Open(OUTSIDE, frozenset({302})),
    "account_inactive": Open(OUTSIDE),
    "account_signup": Open("Nobody signs themselves up: the page says that it is closed."),
    "account_reauthenticate": Open(OUTSIDE, frozenset({302})),
    "account_email": Open(OUTSIDE, frozenset({302})),
    "account_email_verification_sent": Open(OUTSIDE, frozenset({200, 302})),
    "account_change_password": Open(OUTSIDE, frozenset({302})),
    "account_set_password": Open(OUTSIDE, frozenset({302})),
    "account_reset_password": Open(OUTSIDE),
    "account_reset_password_done": Open(OUTSIDE),
    "account_reset_password_from_key": Open(OUTSIDE),
    "account_reset_password_from_key_done": Open(OUTSIDE),
    "account_confirm_login_code": Open(OUTSIDE, frozenset({302})),
    "account_confirm_email": Open(OUTSIDE, frozenset({200, 302, 404})),
    "admin:*": Open(STAFF, frozenset({200, 302, 404})),
}  # fmt: skip
