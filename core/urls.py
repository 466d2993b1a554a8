"""Addresses that belong to no room."""

from django.urls import path

from core.pages import account, audit, consent, notices, people, units

urlpatterns = [
    path("account/", account.account, name="account"),
    path("account/tokens/new/", account.token_create, name="token-create"),
    path("account/tokens/<str:pk>/revoke/", account.token_revoke, name="token-revoke"),
    path("account/email/", consent.own_address, name="own-address"),
    path("account/notices/", notices.notice_list, name="notice-list"),
    path("account/due.ics", notices.due_calendar, name="due-calendar"),
    path("account/notices/read/", notices.notice_read, name="notice-read"),
    path("account/notices/settings/", notices.notice_settings, name="notice-settings"),
    path("account/requests/<str:request_id>/", consent.own_request_answer, name="own-request-answer"),
    path("people/", people.person_list, name="person-list"),
    path("people/new/", people.person_create, name="person-create"),
    path("people/<str:pk>/", people.person_detail, name="person-detail"),
    path("people/<str:pk>/edit/", people.person_edit, name="person-edit"),
    path("people/<str:pk>/grants/revoke/", people.grant_revoke, name="grant-revoke"),
    path("people/<str:pk>/email/", consent.person_address, name="person-address"),
    path("people/<str:pk>/requests/<str:request_id>/", consent.request_answer, name="request-answer"),
    path("people/<str:pk>/state/", people.person_state, name="person-state"),
    path("units/", units.unit_list, name="unit-list"),
    path("units/new/", units.unit_create, name="unit-create"),
    path("units/<str:pk>/edit/", units.unit_edit, name="unit-edit"),
    path("audit/", audit.event_list, name="event-list"),
]
