"""What the lists of core offer: people, units, tokens, jobs, the audit log."""

from datetime import datetime

from django.db.models import QuerySet

from core.access import Actor, everywhere, may, scope
from core.listing import Filter, Listing
from core.models import AccessRequest, ApiToken, AuditEvent, BusinessUnit, Job, Role, User
from core.roles import Action
from domain.four_eyes import has_lapsed

# For everybody: names. A search over addresses would tell them letter by letter.
PEOPLE = Listing(
    filters={"id": Filter("pk", "id"), "is_active": Filter("is_active", "bool", ops=("",))},
    orders={"name": "name"},
    default="name",
    search=("name", "title"),
)
# For those who manage people.
USERS = Listing(
    filters={
        "id": Filter("pk", "id"),
        "is_active": Filter("is_active", "bool", ops=("",)),
        "is_service": Filter("is_service", "bool", ops=("",)),
        "role": Filter("grants__role", "choice", choices=tuple(Role.values), many=True),
        "unit": Filter("grants__unit__path", "subtree", many=True),
        "requests": Filter(
            "access_requests__state", "choice", choices=tuple(AccessRequest.State.values), many=True
        ),
    },
    orders={"name": "name", "email": "email", "last_active_on": "last_active_on"},
    default="name",
    search=("name", "title", "email"),
    nullable=frozenset({"last_active_on"}),
)
UNITS = Listing(
    filters={
        "id": Filter("pk", "id"),
        "parent": Filter("parent", "id", ops=("", "in", "isnull")),
        "within": Filter("path", "subtree"),
        "active": Filter("active", "bool", ops=("",)),
        "code": Filter("code", "text", ops=("", "in")),
    },
    orders={"name": "name", "path": "path", "depth": "depth"},
    default="name",
    search=("name", "code"),
)
TOKENS = Listing(
    filters={"id": Filter("pk", "id"), "revoked": Filter("revoked_at", "date", ops=("isnull",))},
    orders={"name": "name", "created_at": "created_at", "expires_at": "expires_at"},
    default="-id",
)
JOBS = Listing(
    filters={
        "id": Filter("pk", "id"),
        "kind": Filter("kind", "text", ops=("", "in")),
        "state": Filter("state", "choice", choices=tuple(Job.State.values)),
    },
    orders={"created_at": "created_at"},
    default="-id",
)
EVENTS = Listing(
    filters={
        "id": Filter("pk", "id", ops=("", "in", "gte", "lte")),
        "action": Filter("action", "text", ops=("", "in")),
        "object_type": Filter("object_type", "text", ops=("", "in")),
        "object_id": Filter("object_id", "id"),
        "initiative": Filter("initiative_id", "ref", prefix="AI"),
        "actor": Filter("actor_id", "id", ops=("", "in", "isnull")),
        "via": Filter("via", "text", ops=("", "in")),
        "on": Filter("at__date", "date", ops=("", "gte", "lte")),
    },
    orders={"at": "at"},
    default="-id",
    search=("action", "actor_label"),
)


def manages_people(actor: Actor) -> bool:
    """Whether the actor sees more of people than their names."""
    return everywhere(actor, Action.MANAGE_USERS)


def people(actor: Actor) -> QuerySet[User]:
    """Everybody, to whoever reads anything at all."""
    return User.objects.filter(scope(actor, Action.VIEW, User))


def requests_of(user: User, at: datetime, kind: str = "") -> list[AccessRequest]:
    """What was proposed about a person's access (of one kind), newest first. What lapsed by `at` says so."""
    rows = list(_requests().filter(user=user, **({"kind": kind} if kind else {})).order_by("-id"))
    for row in rows:
        if row.state == AccessRequest.State.WAITING and has_lapsed(row.lapses_at, at):
            row.state = AccessRequest.State.LAPSED
    return rows


def waiting_requests(at: datetime) -> QuerySet[AccessRequest]:
    """What waits for somebody's consent, the one that lapses first on top."""
    return _requests().filter(state=AccessRequest.State.WAITING, lapses_at__gt=at).order_by("lapses_at", "id")


def _requests() -> QuerySet[AccessRequest]:
    return AccessRequest.objects.select_related("user", "unit", "proposed_by", "decided_by")


def units(actor: Actor) -> QuerySet[BusinessUnit]:
    """The units the actor holds a role in, and below."""
    return BusinessUnit.objects.filter(scope(actor, Action.VIEW, BusinessUnit))


def events(actor: Actor) -> QuerySet[AuditEvent]:
    """The audit log, as far as the actor may read it."""
    return AuditEvent.objects.filter(scope(actor, Action.READ_AUDIT, AuditEvent))


def own_tokens(actor: Actor) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(user=actor.user) if actor.user else ApiToken.objects.none()


def own_jobs(actor: Actor) -> QuerySet[Job]:
    """Long work the actor started; an administrator sees everybody's."""
    if manages_people(actor):
        return Job.objects.all()
    return (
        Job.objects.filter(created_by=actor.user)
        if actor.user and may(actor, Action.VIEW)
        else Job.objects.none()
    )
