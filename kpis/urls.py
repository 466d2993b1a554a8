"""Addresses of this room."""

from django.urls import path

import kpis.views.slots  # noqa: F401  read with the addresses, so that KPIs stand on the portfolio's pages
from kpis.views import agreements, comparisons, define, detail, initiative, lists, readings, templates

urlpatterns = [
    path("", lists.kpi_list, name="kpi-list"),
    path("templates/", templates.template_list, name="kpi-templates"),
    path("initiative/<str:ref>/", initiative.tab, name="initiative-kpis"),
    path("initiative/<str:ref>/glide/", initiative.glide, name="initiative-glide"),
    path("initiative/<str:ref>/new/", define.kpi_create, name="kpi-create"),
    path("initiative/<str:ref>/check-in/", initiative.check_in, name="initiative-check-in"),
    path("initiative/<str:ref>/data/", agreements.data_list, name="initiative-data"),
    path("initiative/<str:ref>/data/new/", agreements.data_create, name="data-need-create"),
    path("initiative/<str:ref>/workshops/", agreements.workshop_list, name="initiative-workshops"),
    path("initiative/<str:ref>/workshops/new/", agreements.workshop_create, name="workshop-create"),
    path("data-needs/<str:pk>/edit/", agreements.data_edit, name="data-need-edit"),
    path("comparisons/<str:pk>/", comparisons.comparison_detail, name="comparison-detail"),
    path("comparisons/<str:pk>/looks/new/", comparisons.comparison_look, name="comparison-look"),
    path("readings/<str:pk>/correct/", readings.reading_correct, name="measurement-correct"),
    path("readings/<str:pk>/withdraw/", readings.reading_withdraw, name="measurement-withdraw"),
    path("<str:ref>/", detail.kpi_detail, name="kpi-detail"),
    path("<str:ref>/edit/", define.kpi_edit, name="kpi-edit"),
    path("<str:ref>/state/", define.kpi_state, name="kpi-state"),
    path("<str:ref>/comparisons/", comparisons.comparison_list, name="comparison-list"),
    path("<str:ref>/comparisons/new/", comparisons.comparison_create, name="comparison-create"),
    path("<str:ref>/readings/new/", readings.reading_create, name="measurement-create"),
]
