"""Addresses of this room."""

from django.urls import URLPattern, path

from funding.views import memo

urlpatterns: list[URLPattern] = [
    path("initiative/<str:ref>/memo/", memo.memo_page, name="initiative-memo"),
    path("initiative/<str:ref>/memo.pdf", memo.memo_page_pdf, name="initiative-memo-pdf"),
    path("initiative/<str:ref>/memo/keep/", memo.memo_keep, name="memo-keep"),
    path("memos/<str:ref>/", memo.memo_detail, name="memo-detail"),
    path("memos/<str:ref>/memo.pdf", memo.memo_detail_pdf, name="memo-pdf"),
]
