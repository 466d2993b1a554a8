"""Forms of pilots. They only shape; every rule is the service's."""

from pilots.forms.pilot import ExtensionForm, PilotForm, suggested

__all__ = ["ExtensionForm", "PilotForm", "suggested"]
