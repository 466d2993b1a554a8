"""Addresses of this room."""

from django.urls import path

import pilots.views.slots  # noqa: F401  read with the addresses, so that histories tell what happened to pilots
from pilots.views import board, fast_lane, file, pilot, plan, report, review

urlpatterns = [
    path("", board.board, name="pilot-list"),
    path("thresholds/", board.thresholds, name="pilot-thresholds"),
    path("review/", review.review, name="pilot-review"),
    path("initiative/<str:ref>/", pilot.tab, name="initiative-pilot"),
    path("initiative/<str:ref>/plan/", plan.plan_edit, name="pilot-plan"),
    path("initiative/<str:ref>/fast-lane/", fast_lane.fast_lane_plan, name="fast-lane-plan"),
    path("first-users/", fast_lane.first_users_page, name="first-users"),
    path("<str:ref>/", pilot.pilot_detail, name="pilot-detail"),
    path("<str:ref>/report/", report.report, name="pilot-report"),
    path("<str:ref>/report.pdf", report.report_file, name="pilot-report-pdf"),
    path("<str:ref>/charter/", file.charter, name="pilot-charter"),
    path("<str:ref>/rollout/", file.rollout_page, name="pilot-rollout"),
    path("<str:ref>/use/", file.use_page, name="pilot-use"),
    path("<str:ref>/findings/", file.log_page, name="pilot-log"),
    path("<str:ref>/fast-lane/", fast_lane.fast_lane_page, name="pilot-fast-lane"),
    path("<str:ref>/flags/", file.flags_page, name="pilot-flags"),
    path("<str:ref>/edit/", pilot.pilot_edit, name="pilot-edit"),
    path("<str:ref>/extend/", pilot.pilot_extend, name="pilot-extend"),
]
