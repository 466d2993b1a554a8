"""Wiring: settings, addresses, the Celery application. No business word."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
