"""Addresses of this room, and those it fills below an initiative."""

from django.urls import path

import funding.views.slots  # noqa: F401  read with the addresses, so that cases stand on the portfolio's pages
from funding.views import (
    case,
    edit,
    initiative_money,
    lists,
    memo,
    money,
    optimism,
    publish,
    realisation,
    tranches,
    versions,
)  # fmt: skip

CASE = "initiative/<str:ref>/case/"
urlpatterns = [
    path("cases/", lists.case_list, name="case-list"),
    path(CASE, case.case_detail, name="initiative-case"),
    path(f"{CASE}edit/", edit.case_edit, name="initiative-case-edit"),
    path(f"{CASE}edit/live/", edit.case_live, name="case-live"),
    path(f"{CASE}edit/keep/", edit.case_autosave, name="case-autosave"),
    path(f"{CASE}discard/", edit.case_discard, name="case-discard"),
    path(f"{CASE}publish/", publish.case_publish, name="case-publish"),
    path(f"{CASE}versions/", versions.case_versions, name="case-versions"),
    path(f"{CASE}compare/", versions.case_compare, name="case-compare"),
    path("initiative/<str:ref>/memo/", memo.memo_page, name="initiative-memo"),
    path("initiative/<str:ref>/memo.pdf", memo.memo_page_pdf, name="initiative-memo-pdf"),
    path("initiative/<str:ref>/memo/keep/", memo.memo_keep, name="memo-keep"),
    path("memos/<str:ref>/", memo.memo_detail, name="memo-detail"),
    path("memos/<str:ref>/memo.pdf", memo.memo_detail_pdf, name="memo-pdf"),
    path("", money.money, name="funding-money"),
    path("frontier/", money.frontier, name="funding-frontier"),
    path("optimism/", optimism.optimism, name="optimism"),
    path("realisation/", realisation.realisation_page, name="realisation"),
]

# Below /portfolio/, where an initiative's pages are.
ON_INITIATIVES = [
    path("initiatives/<str:ref>/money/", initiative_money.money, name="initiative-money"),
    path("initiatives/<str:ref>/money/tranche/new/", tranches.tranche_create, name="tranche-create"),
    path(
        "initiatives/<str:ref>/money/realisation/",
        realisation.initiative_realisation,
        name="initiative-realisation",
    ),
    path("initiatives/<str:ref>/money/hold/", tranches.tranches_hold, name="tranches-hold"),
    path(
        "initiatives/<str:ref>/tranches/<str:pk>/release/", tranches.tranche_release, name="tranche-release"
    ),
    path("initiatives/<str:ref>/tranches/<str:pk>/hold/", tranches.tranche_hold, name="tranche-hold"),
    path("initiatives/<str:ref>/tranches/<str:pk>/return/", tranches.tranche_return, name="tranche-return"),
]
