"""Django's name for this room."""

from django.apps import AppConfig


class AssuranceConfig(AppConfig):
    name = "assurance"
    default_auto_field = "django.db.models.BigAutoField"
