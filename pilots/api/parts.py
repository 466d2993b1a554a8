"""What hangs on a pilot in the API: charters, waves, weeks of use, findings it logged, likeness, snoozes; and the review."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.views import Endpoint
from domain.review_board import CODES
from pilots.api.part_shapes import (
    BeginWrite,
    CharterShape,
    ChartersShape,
    CheckWrite,
    CriterionShape,
    JudgeWrite,
    LikenessShape,
    LoggedShape,
    LoggedWrite,
    LogShape,
    PilotReviewShape,
    SnoozeShape,
    SnoozesShape,
    SnoozeWrite,
    WaveShape,
    WavesShape,
    WaveWrite,
    WeekShape,
    WeeksShape,
    WeekWrite,
)
from pilots.models import Pilot
from pilots.queries import file
from pilots.queries.board import seen_by
from pilots.queries.board import told as open_flags
from pilots.queries.review import Row, board, weights_on
from pilots.queries.rollout import Stood, waves_of
from pilots.services import log, rollout, use


class PartActions(Endpoint):
    """The sub-resources of a pilot, mixed into its endpoint."""

    @extend_schema(operation_id="pilots_charters_list", responses=ChartersShape, filters=False)
    @action(detail=True, methods=["get"])
    def charters(self, request: Request, pk: str) -> Response:
        """Every version of the charter, the newest first, with its hypotheses."""
        self.only_params(request)
        pilot = self.find(pk)
        scope, rows = file.scope_score(pilot), file.charters_of(pilot)
        said = {
            "score": scope.score, "most": scope.most, "overreaches": scope.overreaches,
            "unknown": [one.part.code for one in scope.unknown],
        }  # fmt: skip
        return Response({"scope": said, "results": [_charter(one) for one in rows]})

    @extend_schema(operation_id="pilots_waves_list", responses=WavesShape, filters=False)
    @action(detail=True, methods=["get"])
    def waves(self, request: Request, pk: str) -> Response:
        """The waves of the rollout, with what locks each."""
        self.only_params(request)
        return Response({"results": [_wave(one) for one in waves_of(self.find(pk))]})

    @extend_schema(request=WaveWrite, responses={201: WaveShape})
    @waves.mapping.post
    def plan_wave(self, request: Request, pk: str) -> HttpResponse:
        """Plan the next wave."""
        pilot = self.find(pk)

        def work() -> Response:
            plan = rollout.WavePlan(**self.read(request, shape=WaveWrite))
            row = rollout.plan_wave(pilot_id=pilot.pk, plan=plan, by=self.actor, at=self.at)
            return Response(_one_wave(pilot, row.number), status=201)

        return self.once(work)

    @extend_schema(request=BeginWrite, responses=WaveShape)
    @action(detail=True, methods=["post"], url_path="waves/begin")
    def begin_wave(self, request: Request, pk: str) -> HttpResponse:
        """Let a wave begin. 409 `wave_locked` says what locks it."""
        pilot = self.find(pk)

        def work() -> Response:
            said = self.read(request, shape=BeginWrite)
            row = rollout.begin_wave(pilot_id=pilot.pk, by=self.actor, at=self.at, **said)
            return Response(_one_wave(pilot, row.number))

        return self.once(work)

    @extend_schema(request=JudgeWrite, responses=WaveShape)
    @action(detail=True, methods=["post"], url_path="waves/judge")
    def judge_wave(self, request: Request, pk: str) -> HttpResponse:
        """Say whether a go criterion of a wave that has begun is met, and from what that is known."""
        pilot = self.find(pk)

        def work() -> Response:
            said = self.read(request, shape=JudgeWrite)
            rollout.judge_criterion(pilot_id=pilot.pk, by=self.actor, at=self.at, **said)
            return Response(_one_wave(pilot, said["number"]))

        return self.once(work)

    @extend_schema(operation_id="pilots_weeks_list", responses=WeeksShape, filters=False)
    @action(detail=True, methods=["get"])
    def weeks(self, request: Request, pk: str) -> Response:
        """The use of each week, the latest first."""
        self.only_params(request)
        write = WeekShape().written()
        return Response({"results": [write(one.row) for one in file.weeks_of(self.find(pk))]})

    @extend_schema(request=WeekWrite, responses={201: WeekShape})
    @weeks.mapping.post
    def record_week(self, request: Request, pk: str) -> HttpResponse:
        """Record the use of a week; the pilot is judged by its latest."""
        pilot = self.find(pk)

        def work() -> Response:
            said = self.read(request, shape=WeekWrite)
            week, note = said.pop("week"), said.pop("note", "")
            row = use.record_week(
                pilot_id=pilot.pk, week=week, note=note, use=use.Use(**said), by=self.actor, at=self.at
            )
            return Response(WeekShape().written()(row), status=201)

        return self.once(work)

    @extend_schema(operation_id="pilots_log_list", responses=LogShape, filters=False)
    @action(detail=True, methods=["get"])
    def log(self, request: Request, pk: str) -> Response:
        """What the pilot found, and what is done about it."""
        self.only_params(request)
        write = LoggedShape().written()
        return Response({"results": [write(one) for one in file.log_of(self.find(pk))]})

    @extend_schema(request=LoggedWrite, responses={201: LoggedShape})
    @log.mapping.post
    def log_finding(self, request: Request, pk: str) -> HttpResponse:
        """Log what was found."""
        pilot = self.find(pk)

        def work() -> Response:
            said = self.read(request, shape=LoggedWrite)
            row = log.log_finding(pilot_id=pilot.pk, by=self.actor, at=self.at, **said)
            return Response(LoggedShape().written()(row), status=201)

        return self.once(work)

    @extend_schema(operation_id="pilots_likeness_retrieve", responses=LikenessShape, filters=False)
    @action(detail=True, methods=["get"])
    def likeness(self, request: Request, pk: str) -> Response:
        """How like production the pilot is."""
        self.only_params(request)
        return Response(_likeness(self.find(pk)))

    @extend_schema(request=CheckWrite, responses={201: LikenessShape})
    @likeness.mapping.post
    def check_likeness(self, request: Request, pk: str) -> HttpResponse:
        """Answer one side of the checklist; a later answer takes the place of an earlier."""
        pilot = self.find(pk)

        def work() -> Response:
            said = self.read(request, shape=CheckWrite)
            log.check_likeness(pilot_id=pilot.pk, by=self.actor, at=self.at, **said)
            return Response(_likeness(pilot), status=201)

        return self.once(work)

    @extend_schema(operation_id="pilots_snoozes_list", responses=SnoozesShape, filters=False)
    @action(detail=True, methods=["get"])
    def snoozes(self, request: Request, pk: str) -> Response:
        """The flags of the pilot that are put off."""
        self.only_params(request)
        pilot, write = self.find(pk), SnoozeShape().written()
        found = file.snoozes_of(open_flags([pilot])[pilot.pk], self.today)
        return Response({"results": [write(one) for one in found.values()]})

    @extend_schema(request=SnoozeWrite, responses={201: SnoozeShape})
    @snoozes.mapping.post
    def snooze(self, request: Request, pk: str) -> HttpResponse:
        """Put a flag of the pilot off, with a reason. The portfolio manager's."""
        self.find(pk)

        def work() -> Response:
            said = self.read(request, shape=SnoozeWrite)
            row = log.snooze_flag(flag_id=said.pop("flag"), by=self.actor, at=self.at, **said)
            return Response(SnoozeShape().written()(row), status=201)

        return self.once(work)

    @extend_schema(
        operation_id="pilots_review_retrieve", responses=PilotReviewShape, filters=False,
        parameters=[OpenApiParameter("unit", int, description="Only pilots of this business unit and below.")],
    )  # fmt: skip
    @action(detail=False, methods=["get"])
    def review(self, request: Request) -> Response:
        """Open pilots ranked on the stated criteria, by the weights in force."""
        self.only_params(request, "unit")
        rows = self.listing.apply(seen_by(self.actor, self.today), request.query_params)
        found = board(rows, weights_on(self.today), self.today)
        return Response(
            {
                "policy": found.weights.number, "stable": found.stable,
                "weights": {code: f"{found.weights.weights[code].normalize():f}" for code in CODES},
                "results": [_place(one) for one in found.rows],
            }
        )  # fmt: skip


def _charter(row: Any) -> dict[str, Any]:
    return dict(CharterShape(row).data)


def _wave(one: Stood) -> dict[str, Any]:
    row = one.row
    plain = ("number", "name", "users", "sites", "planned_on", "tailoring", "tailored", "started_on")
    write = CriterionShape().written()
    return {
        **{name: getattr(row, name) for name in plain}, "state": one.state.value, "why": one.why, "unit": row.unit_id,
        "champion": row.champion_id, "criteria": [write(criterion) for criterion in row.criteria.all()],
        "lacks": list(one.lacks),
    }  # fmt: skip


def _one_wave(pilot: Pilot, number: int) -> dict[str, Any]:
    return next(_wave(one) for one in waves_of(pilot) if one.row.number == number)


def _likeness(pilot: Pilot) -> dict[str, Any]:
    found, sides = file.likeness_of(pilot)
    return {
        "share": None if found.share is None else f"{found.share:f}", "warns": found.warns,
        "sides": [
            {"item": one.side.code, "answer": one.row.answer if one.row else None, "note": one.row.note if one.row else ""}
            for one in sides
        ],
    }  # fmt: skip


def _place(one: Row) -> dict[str, Any]:
    place, pilot = one.place, one.pilot
    return {
        "rank": place.rank, "pilot": pilot.ref, "initiative": pilot.initiative_id,
        "scores": {code: None if score is None else f"{score:.4f}" for code, score in one.scores.items()},
        "score": f"{place.score:.4f}", "most": f"{place.most:.4f}", "known": f"{place.known:.4f}",
        "best_rank": one.best, "worst_rank": one.worst, "remedy": pilot.remedy, "tie": place.tie,
    }  # fmt: skip
