"""Addresses of the dashboard and of the rows behind its numbers."""

from django.urls import path

from portfolio.dashboard import rows, views

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("value/", views.value, name="value"),
    path("spells/", rows.spell_list, name="spell-list"),
    path("ledger/<slug:kind>/", rows.ledger, name="ledger"),
]
