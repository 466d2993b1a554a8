"""The records every room stands on."""

from core.models.audit import AuditEvent
from core.models.consent import AccessRequest
from core.models.notices import Notice
from core.models.people import ApiToken, BusinessUnit, Role, RoleGrant, User
from core.models.policy import Policy
from core.models.requests import IdempotencyKey
from core.models.work import Heartbeat, Job, Outbox, PeriodicRun, ProcessedEvent

__all__ = [
    "AccessRequest",
    "ApiToken",
    "AuditEvent",
    "BusinessUnit",
    "Heartbeat",
    "IdempotencyKey",
    "Job",
    "Notice",
    "Outbox",
    "PeriodicRun",
    "Policy",
    "ProcessedEvent",
    "Role",
    "RoleGrant",
    "User",
]
