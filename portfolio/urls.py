"""Addresses of this room."""

from django.urls import path

from portfolio.views import board, flags, home, initiatives, money, objectives, people, tabs

urlpatterns = [
    path("home/", home.home, name="lead-home"),
    path("initiatives/", initiatives.initiative_list, name="initiative-list"),
    path("initiatives/board/", board.board, name="initiative-board"),
    path("initiatives/timeline/", board.timeline, name="initiative-timeline"),
    path("initiatives/new/learned/", initiatives.initiative_intake, name="initiative-intake"),
    path("initiatives/new/", initiatives.initiative_create, name="initiative-create"),
    path("initiatives/<str:ref>/", tabs.overview, name="initiative-detail"),
    path("initiatives/<str:ref>/edit/", initiatives.initiative_edit, name="initiative-edit"),
    path("initiatives/<str:ref>/flags/", tabs.flags, name="initiative-flags"),
    path("initiatives/<str:ref>/history/", tabs.history, name="initiative-history"),
    path("initiatives/<str:ref>/members/add/", tabs.member_add, name="member-add"),
    path("initiatives/<str:ref>/members/remove/", tabs.member_remove, name="member-remove"),
    path("initiatives/<str:ref>/money/<slug:kind>/new/", money.money_add, name="money-add"),
    path(
        "initiatives/<str:ref>/commitments/<str:pk>/cancel/",
        money.commitment_cancel,
        name="commitment-cancel",
    ),
    path("initiatives/<str:ref>/people/", people.people, name="initiative-people"),
    path("initiatives/<str:ref>/people/<slug:act>/", people.people_act, name="people-act"),
    path("initiatives/<str:ref>/people/<slug:act>/<str:pk>/", people.people_act, name="people-act-on"),
    path(
        "initiatives/<str:ref>/people/groups/<str:pk>/roles/<str:member>/end/",
        people.role_end,
        name="people-role-end",
    ),
    path("flags/", flags.flag_list, name="flag-list"),
    path("objectives/", objectives.objective_list, name="objective-list"),
    path("objectives/new/", objectives.objective_create, name="objective-create"),
    path("objectives/<str:pk>/edit/", objectives.objective_edit, name="objective-edit"),
]
