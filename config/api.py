"""The router of /api/v1: every resource, registered by its plural noun."""

from rest_framework.routers import SimpleRouter

router = SimpleRouter()
