"""Addresses of this room."""

from django.urls import path

from exchange.queries import (
    source_row as source_row,  # registers itself: models give back the row their source had
)
from exchange.views import imports, mapping, money_table, preview, reading_table

urlpatterns = [
    path("imports/", imports.import_list, name="import-list"),
    path("imports/new/", imports.import_create, name="import-create"),
    path("imports/<str:pk>/", preview.import_detail, name="import-detail"),
    path("imports/<str:pk>/mapping/", mapping.import_mapping, name="import-mapping"),
    path("imports/<str:pk>/mapping.toml", preview.import_mapping_file, name="import-mapping-file"),
    path("imports/<str:pk>/commit/", preview.import_commit, name="import-commit"),
    path("imports/<str:pk>/discard/", preview.import_discard, name="import-discard"),
    path("imports/<str:pk>/again/", preview.import_again, name="import-again"),
    path("imports/<str:pk>/refused.csv", preview.import_rejects, name="import-rejects"),
    path("readings/", reading_table.readings_load, name="readings-load"),
    path("money/<slug:kind>/", money_table.money_load, name="money-load"),
    path("mappings/", mapping.mapping_list, name="mapping-list"),
    path("mappings/<str:name>.toml", mapping.mapping_file, name="mapping-file"),
]
