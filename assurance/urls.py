"""Addresses of this room. Pages about one model stand below its own address."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
