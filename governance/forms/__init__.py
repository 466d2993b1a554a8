"""Forms of this room: the inventory, the gates, decisions, and the council."""

from governance.forms.inventory import ModelForm, RetireForm, ReviewForm, facts_of

__all__ = ["ModelForm", "RetireForm", "ReviewForm", "facts_of"]
