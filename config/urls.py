"""Every address, by room."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from config.api import urlpatterns as resources
from core import style_page, views
from core.api.calculate import CalculateApi
from funding.urls import ON_INITIATIVES
from governance.urls import ON_INITIATIVES as GATES_OF_INITIATIVES

urlpatterns = [
    # First, because each address is looked for from the top, and programs ask more often than people.
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/v1/docs/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
    path("api/v1/calculate/<str:kind>/", CalculateApi.as_view({"post": "calculate"}), name="api-calculate"),
    path("api/v1/", include((resources, "api"))),
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("style/", style_page.style, name="style"),
    # The library's page of addresses would change them past our own rules and log.
    path("accounts/email/", RedirectView.as_view(pattern_name="own-address"), name="account_email"),
    path("accounts/", include("allauth.account.urls")),
    path("", include("core.urls")),
    path("portfolio/", include("portfolio.dashboard.urls")),
    # Before the portfolio's own: they are more particular.
    path("portfolio/", include(ON_INITIATIVES)),
    path("portfolio/", include(GATES_OF_INITIATIVES)),
    path("portfolio/", include("portfolio.urls")),
    path("kpis/", include("kpis.urls")),
    path("pilots/", include("pilots.urls")),
    path("funding/", include("funding.urls")),
    # Before the register's own: they are more particular.
    path("governance/", include("assurance.urls")),
    path("governance/", include("governance.urls")),
    path("exchange/", include("exchange.urls")),
    path("admin/", admin.site.urls),
]
handler400 = "core.views.bad_request"
handler404 = "core.views.page_not_found"
handler500 = "core.views.server_error"
