"""Addresses of this room. Pages about one model stand below its own address."""

from django.urls import URLPattern, path

from assurance.views import calendar, incidents, life, mine, rounds

LIFE: list[URLPattern] = [
    path("models/mine/", mine.model_mine, name="model-mine"),
    path("models/calendar/", calendar.model_calendar, name="model-calendar"),
    path("models/calendar.ics", calendar.model_calendar_ics, name="model-calendar-ics"),
    path("models/<str:ref>/life/", life.model_life, name="model-life"),
    path("incidents/", incidents.incident_list, name="incident-list"),
    path("incidents/<str:ref>/", incidents.incident_detail, name="incident-detail"),
    path("attestations/", rounds.round_list, name="round-list"),
    path("attestations/open/", rounds.round_open, name="round-open"),
]
urlpatterns: list[URLPattern] = [*LIFE]
