"""Addresses of this room. Pages about one model stand below its own address."""

from django.urls import URLPattern, path

from assurance.views import sources, versions

VERSIONS: list[URLPattern] = [
    path("models/<str:ref>/versions/", versions.model_versions, name="model-versions"),
    path("models/<str:ref>/lineage/", versions.model_lineage, name="model-lineage"),
    path("promotions/<str:pk>/file/", versions.promotion_file, name="promotion-file"),
    path("promotions/<str:pk>/notebook/", versions.promotion_notebook, name="promotion-notebook"),
    path("registries/", sources.registry_list, name="registry-list"),
    path("registries/new/", sources.registry_create, name="registry-create"),
    path("registries/<str:pk>/", sources.registry_detail, name="registry-detail"),
    path("registries/<str:pk>/sync/", sources.registry_sync, name="registry-sync"),
    path("clusters/", sources.look_list, name="look-list"),
    path("clusters/new/", sources.look_create, name="look-create"),
    path("clusters/<str:pk>/", sources.look_detail, name="look-detail"),
    path("clusters/<str:pk>/keep/", sources.look_keep, name="look-keep"),
]
urlpatterns: list[URLPattern] = [*VERSIONS]
