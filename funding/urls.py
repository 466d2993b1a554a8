"""Addresses of this room."""

from django.urls import URLPattern, path

from funding.views import money, optimism

urlpatterns: list[URLPattern] = [
    path("", money.money, name="funding-money"),
    path("frontier/", money.frontier, name="funding-frontier"),
    path("optimism/", optimism.optimism, name="optimism"),
]
