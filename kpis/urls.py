"""Addresses of this room."""

from django.urls import path

import kpis.views.slots  # noqa: F401  read with the addresses, so that KPIs stand on the portfolio's pages
from kpis.views import amend, check_in, commitment, declare, define, detail, initiative, lists, readings

urlpatterns = [
    path("", lists.kpi_list, name="kpi-list"),
    path("check-in/", check_in.check_in, name="check-in"),
    path("initiative/<str:ref>/", initiative.tab, name="initiative-kpis"),
    path("initiative/<str:ref>/glide/", initiative.glide, name="initiative-glide"),
    path("initiative/<str:ref>/new/", define.kpi_create, name="kpi-create"),
    path("initiative/<str:ref>/check-in/", check_in.initiative_check_in, name="initiative-check-in"),
    path("readings/<str:pk>/correct/", readings.reading_correct, name="measurement-correct"),
    path("readings/<str:pk>/withdraw/", readings.reading_withdraw, name="measurement-withdraw"),
    path("declarations/<str:pk>/end/", declare.declaration_end, name="declaration-end"),
    path("versions/<str:pk>/", amend.version_detail, name="kpi-version"),
    path("versions/<str:pk>/seal/", commitment.seal, name="kpi-seal"),
    path("versions/<str:pk>/smart/", commitment.smart, name="kpi-smart"),
    path("versions/<str:pk>/answer/", amend.answer, name="kpi-change-answer"),
    path("versions/<str:pk>/withdraw/", amend.withdraw, name="kpi-change-withdraw"),
    path("sign-offs/<str:pk>/", commitment.sign, name="kpi-sign"),
    path("<str:ref>/", detail.kpi_detail, name="kpi-detail"),
    path("<str:ref>/amend/", amend.amend, name="kpi-amend"),
    path("<str:ref>/sign-off/", commitment.ask, name="kpi-ask-sign-off"),
    path("<str:ref>/baseline-lock/", commitment.lock, name="kpi-baseline-lock"),
    path("<str:ref>/expected-influence/", commitment.expect, name="kpi-expected"),
    path("<str:ref>/edit/", define.kpi_edit, name="kpi-edit"),
    path("<str:ref>/declare/", declare.kpi_declare, name="kpi-declare"),
    path("<str:ref>/state/", define.kpi_state, name="kpi-state"),
    path("<str:ref>/readings/new/", readings.reading_create, name="measurement-create"),
]
