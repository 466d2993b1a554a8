"""Addresses of this room, and those it fills below an initiative."""

from django.urls import URLPattern, path

from funding.views import money, realisation, tranches

urlpatterns: list[URLPattern] = [
    path("realisation/", realisation.realisation_page, name="realisation"),
]

# Below /portfolio/, where an initiative's pages are.
ON_INITIATIVES = [
    path("initiatives/<str:ref>/money/", money.money, name="initiative-money"),
    path("initiatives/<str:ref>/money/tranche/new/", tranches.tranche_create, name="tranche-create"),
    path(
        "initiatives/<str:ref>/money/realisation/",
        realisation.initiative_realisation,
        name="initiative-realisation",
    ),
    path("initiatives/<str:ref>/money/hold/", tranches.tranches_hold, name="tranches-hold"),
    path(
        "initiatives/<str:ref>/tranches/<str:pk>/release/", tranches.tranche_release, name="tranche-release"
    ),
    path("initiatives/<str:ref>/tranches/<str:pk>/hold/", tranches.tranche_hold, name="tranche-hold"),
    path("initiatives/<str:ref>/tranches/<str:pk>/return/", tranches.tranche_return, name="tranche-return"),
]
