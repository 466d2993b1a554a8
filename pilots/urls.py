"""Addresses of this room."""

from django.urls import path

from pilots.views import board, pilot

urlpatterns = [
    path("", board.board, name="pilot-list"),
    path("thresholds/", board.thresholds, name="pilot-thresholds"),
    path("initiative/<str:ref>/", pilot.tab, name="initiative-pilot"),
    path("<str:ref>/", pilot.pilot_detail, name="pilot-detail"),
    path("<str:ref>/edit/", pilot.pilot_edit, name="pilot-edit"),
    path("<str:ref>/extend/", pilot.pilot_extend, name="pilot-extend"),
]
