"""Addresses of this room."""

from django.urls import path

from governance.views import (  # `due` registers itself
    council,
    council_item,
    council_seats,
    due,  # noqa: F401
    edit,
    inventory,
    traceability,
)

COUNCIL = [
    path("council/", council.council_home, name="council-home"),
    path("council/seats/", council_seats.council_seats, name="council-seats"),
    path("council/seats/<int:pk>/fill/", council_seats.seat_fill, name="council-seat-fill"),
    path("council/seats/<int:pk>/vacate/", council_seats.seat_vacate, name="council-seat-vacate"),
    path("council/delegate/", council_seats.delegate, name="council-delegate"),
    path("council/delegations/<int:pk>/take-back/", council_seats.give_back, name="council-take-back"),
    path("council/meetings/new/", council.meeting_new, name="council-meeting-new"),
    path("council/meetings/<str:ref>/", council.meeting, name="council-meeting"),
    path("council/meetings/<str:ref>/put/", council.meeting_put, name="council-put"),
    path("council/meetings/<str:ref>/minutes/", council.minutes, name="council-minutes"),
    path("council/meetings/<str:ref>/calendar.ics", council.meeting_ics, name="council-ics"),
    path("council/items/<str:ref>/", council_item.council_item, name="council-item"),
    path("council/items/<str:ref>/vote/", council_item.council_vote, name="council-vote"),
    path("council/items/<str:ref>/confirm/", council_item.council_confirm, name="council-confirm"),
    *(
        path(
            f"council/meetings/<str:ref>/{act}/",
            council.meeting_act,
            {"act": act},
            name=f"council-meeting-{act}",
        )
        for act in council.ACTS
    ),
    *(
        path(
            f"council/items/<str:ref>/{act}/",
            council_item.council_item_act,
            {"act": act},
            name=f"council-item-{act}",
        )
        for act in council_item.ACTS
    ),
]
urlpatterns = [
    *COUNCIL,
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
