"""Addresses of this room."""

from django.urls import path

from governance.views import due, edit, inventory, traceability  # noqa: F401  `due` registers itself

urlpatterns = [
    path("models/", inventory.model_list, name="model-list"),
    path("models/new/", edit.model_create, name="model-create"),
    path("models/<str:ref>/", inventory.model_detail, name="model-detail"),
    path("models/<str:ref>/edit/", edit.model_edit, name="model-edit"),
    path("models/<str:ref>/review/", edit.model_review, name="model-review"),
    path("models/<str:ref>/retire/", edit.model_retire, name="model-retire"),
    path("initiative/<str:ref>/models/", inventory.initiative_models, name="initiative-models"),
    path(
        "initiative/<str:ref>/traceability/",
        traceability.initiative_traceability,
        name="initiative-traceability",
    ),
]
