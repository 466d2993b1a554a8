"""Addresses of this room. Pages about one model stand below its own address."""

from django.urls import URLPattern, path

from assurance.views import classifications, dossier

MODEL = "models/<str:ref>"
DOSSIER = [
    path(f"{MODEL}/dossier/", dossier.model_dossier, name="model-dossier"),
    path(
        f"{MODEL}/dossier/paper/", dossier.model_dossier_paper, {"kind": "page"}, name="model-dossier-paper"
    ),
    path(
        f"{MODEL}/dossier/paper.pdf", dossier.model_dossier_paper, {"kind": "pdf"}, name="model-dossier-pdf"
    ),
    path(f"{MODEL}/dossier/explain/shap/", dossier.model_explain, {"kind": "shap"}, name="model-shap-add"),
    path(f"{MODEL}/dossier/explain/lime/", dossier.model_explain, {"kind": "lime"}, name="model-lime-add"),
    path(f"{MODEL}/dossier/shap/<str:pk>/", dossier.model_shap_file, name="model-shap-file"),
    path(f"{MODEL}/dossier/<slug:code>/", dossier.model_dossier_section, name="model-dossier-section"),
    path(f"{MODEL}/dossier/<slug:code>/write/", dossier.model_dossier_write, name="model-dossier-write"),
    path(f"{MODEL}/exports/<slug:name>/", dossier.model_export, name="model-export"),
]
CLASSIFICATION = [
    path(f"{MODEL}/classification/", classifications.model_classification, name="model-classification"),
    path(f"{MODEL}/classification/<slug:rule_set>/", classifications.model_classify, name="model-classify"),
    path("obligations/", classifications.obligation_list, name="obligation-list"),
    path("obligations/<str:pk>/", classifications.obligation_detail, name="obligation-detail"),
]
urlpatterns: list[URLPattern] = [*DOSSIER, *CLASSIFICATION]
