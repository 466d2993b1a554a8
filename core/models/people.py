"""People, business units, roles and API tokens."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from core import clock
from core.models.record import Record
from core.paths import Paths
from domain.reminders import Mails


class Role(models.TextChoices):
    """Who may do what is decided in core/access.py; this is only the list of names."""

    ADMIN = "admin", "Administrator"
    PORTFOLIO_MANAGER = "portfolio_manager", "Portfolio manager"
    EXECUTIVE = "executive", "Executive"
    COUNCIL_MEMBER = "council_member", "Council member"
    COUNCIL_CHAIR = "council_chair", "Council chair"
    UNIT_LEAD = "unit_lead", "Unit lead"
    LEAD = "lead", "Project lead"
    CONTRIBUTOR = "contributor", "Contributor"
    MODEL_OWNER = "model_owner", "Model owner"
    VALIDATOR = "validator", "Validator"
    AUDITOR = "auditor", "Auditor"
    VIEWER = "viewer", "Viewer"


# What the database holds of core.roles.GIVEN_BY_TWO.
BY_TWO = (Role.ADMIN, Role.PORTFOLIO_MANAGER, Role.COUNCIL_MEMBER, Role.COUNCIL_CHAIR)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a person; without a password nobody can sign in with one."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Used by `createsuperuser`: staff for the admin site. Grants no role in the portfolio."""
        fields = {"created_at": clock.now(), **fields}
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(Record, AbstractBaseUser, PermissionsMixin):
    """A person, or a service account (which may never vote)."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    title = models.CharField(max_length=120, blank=True)
    # The direct manager, who does not vote on what this person runs.
    manager = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="reports"
    )
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    is_service = models.BooleanField(default=False)
    last_active_on = models.DateField(null=True, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)  # empty: the organisation's
    mails = models.CharField(max_length=7, default=Mails.AT_ONCE.value)
    unread = models.PositiveIntegerField(default=0)  # notices, kept by core.notices alone
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = UserManager()
    # Names are for everybody who reads anything; what else is shown is decided where it is shown.
    ACCESS: ClassVar[Paths] = Paths(unit="")
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_any_case"),
            models.CheckConstraint(condition=~Q(manager=F("id")), name="user_not_their_own_manager"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]


class BusinessUnit(Record):
    """A node of the organisation's tree.

    `path` is the ids from the top to this unit, `/3/17/`, so that "this unit and below" is one prefix test.
    """

    name = models.CharField(max_length=200)
    code = models.CharField(max_length=40, blank=True)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    path = models.CharField(max_length=200, default="/")
    depth = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    ACCESS: ClassVar[Paths] = Paths(unit="path", by_grant=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint("parent", Lower("name"), name="unit_name_once_below_a_parent"),
            models.UniqueConstraint(
                Lower("name"), condition=Q(parent=None), name="unit_name_once_at_the_top"
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="unit_not_its_own_parent"),
        ]
        indexes = [
            # Read by access.scope(): everything in a subtree.
            models.Index(fields=["path"], name="unit_by_path"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """Short name for tables: the code where there is one."""
        return self.code or self.name


class RoleGrant(Record):
    """A role held by a person, in the whole organisation (unit empty) or in a unit and below."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=24, choices=Role.choices)
    unit = models.ForeignKey(
        BusinessUnit, null=True, blank=True, on_delete=models.CASCADE, related_name="grants"
    )
    granted_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    granted_at = models.DateTimeField()
    # The second administrator, for a role that needs one.
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            # Without a granter it was given on the machine itself, by a command.
            models.CheckConstraint(
                condition=~Q(role__in=BY_TWO)
                | Q(granted_by=None)
                | (
                    Q(confirmed_by__isnull=False)
                    & ~Q(confirmed_by=F("granted_by"))
                    & ~Q(confirmed_by=F("user"))
                ),
                name="a_role_that_approves_is_given_by_two",
            ),
            models.UniqueConstraint(fields=["user", "role", "unit"], name="a_role_once_per_unit"),
            models.UniqueConstraint(
                fields=["user", "role"], condition=Q(unit=None), name="a_role_once_in_the_organisation"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.unit_id or 'organisation'}"


class ApiToken(Record):
    """A named, hashed, scoped, expiring key for the API. Only its SHA-256 is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    # Not a column: the roles of its owner as (role, unit path or None), read with it when a request brings it.
    held: tuple[tuple[str, str | None], ...] | None = None

    class Meta:
        ordering = ["-created_at", "id"]

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"
