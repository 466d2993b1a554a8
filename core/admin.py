"""Django's admin site for staff: to look, never to touch. Every write is a service's."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from core.models import AuditEvent, Heartbeat, Outbox, PeriodicRun


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the type stubs alone
    """A record as it stands, without a way to change it."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly):
    list_display = ("id", "at", "actor_label", "action", "object_type", "object_id", "via")
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(Outbox)
class OutboxAdmin(ReadOnly):
    """What is owed: where dead work is seen."""

    list_display = ("id", "kind", "due_at", "attempts", "done_at", "dead_at", "error")
    list_filter = ("kind",)
    ordering = ("-id",)


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnly):
    list_display = ("name", "at")


@admin.register(PeriodicRun)
class PeriodicRunAdmin(ReadOnly):
    list_display = ("job", "period", "at")
    ordering = ("-id",)
