"""Addresses of this room. Pages about one model stand below its own address."""

from django.urls import URLPattern, path

from assurance.queries import after_stop as after_stop  # says what serves after a stop
from assurance.queries import pilot_report as pilot_report  # says what the report of a pilot holds of models
from assurance.views import (  # noqa: F401  `model_calls` registers itself
    calendar,
    classifications,
    data_sources,
    dossier,
    incidents,
    life,
    mine,
    model_calls,
    monitoring,
    rounds,
    sources,
    versions,
)

MODEL = "models/<str:ref>"
# Before what takes any word as a model's reference.
LIFE: list[URLPattern] = [
    path("models/mine/", mine.model_mine, name="model-mine"),
    path("models/calendar/", calendar.model_calendar, name="model-calendar"),
    path("models/calendar.ics", calendar.model_calendar_ics, name="model-calendar-ics"),
    path(f"{MODEL}/life/", life.model_life, name="model-life"),
    path("incidents/", incidents.incident_list, name="incident-list"),
    path("incidents/<str:ref>/", incidents.incident_detail, name="incident-detail"),
    path("attestations/", rounds.round_list, name="round-list"),
    path("attestations/open/", rounds.round_open, name="round-open"),
]
VERSIONS: list[URLPattern] = [
    path(f"{MODEL}/versions/", versions.model_versions, name="model-versions"),
    path(f"{MODEL}/lineage/", versions.model_lineage, name="model-lineage"),
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
MONITORING: list[URLPattern] = [
    path(f"{MODEL}/monitoring/", monitoring.monitoring, name="model-monitoring"),
    path(f"{MODEL}/monitoring/<str:pk>/upload/", monitoring.monitor_upload, name="monitor-upload"),
    path(
        f"{MODEL}/monitoring/corrections.csv", monitoring.outcome_export, {"what": "corrections"},
        name="outcome-corrections-csv",
    ),
    path(f"{MODEL}/monitoring/reviews.csv", monitoring.outcome_export, {"what": "reviews"}, name="review-counts-csv"),
    path("data-sources/", data_sources.source_list, name="data-source-list"),
    path("data-sources/new/", data_sources.source_create, name="data-source-create"),
    path("data-sources/<str:ref>/", data_sources.source_detail, name="data-source-detail"),
    path("data-sources/<str:ref>/edit/", data_sources.source_edit, name="data-source-edit"),
    path("initiative/<str:ref>/integrations/", data_sources.initiative_integrations, name="initiative-integrations"),
]  # fmt: skip
DOSSIER: list[URLPattern] = [
    path(f"{MODEL}/dossier/", dossier.model_dossier, name="model-dossier"),
    path(f"{MODEL}/dossier/paper/", dossier.model_dossier_paper, {"kind": "page"}, name="model-dossier-paper"),
    path(f"{MODEL}/dossier/paper.pdf", dossier.model_dossier_paper, {"kind": "pdf"}, name="model-dossier-pdf"),
    path(f"{MODEL}/dossier/explain/shap/", dossier.model_explain, {"kind": "shap"}, name="model-shap-add"),
    path(f"{MODEL}/dossier/explain/lime/", dossier.model_explain, {"kind": "lime"}, name="model-lime-add"),
    path(f"{MODEL}/dossier/shap/<str:pk>/", dossier.model_shap_file, name="model-shap-file"),
    path(f"{MODEL}/dossier/<slug:code>/", dossier.model_dossier_section, name="model-dossier-section"),
    path(f"{MODEL}/dossier/<slug:code>/write/", dossier.model_dossier_write, name="model-dossier-write"),
    path(f"{MODEL}/exports/<slug:name>/", dossier.model_export, name="model-export"),
]  # fmt: skip
CLASSIFICATION: list[URLPattern] = [
    path(f"{MODEL}/classification/", classifications.model_classification, name="model-classification"),
    path(f"{MODEL}/classification/<slug:rule_set>/", classifications.model_classify, name="model-classify"),
    path("obligations/", classifications.obligation_list, name="obligation-list"),
    path("obligations/<str:pk>/", classifications.obligation_detail, name="obligation-detail"),
]
urlpatterns: list[URLPattern] = [*LIFE, *VERSIONS, *MONITORING, *DOSSIER, *CLASSIFICATION]
