"""The demo's AI models: registered, put into service, looked at as agreed, or not."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial

from assurance.services.duties import begin_retirement, do_step
from core.models import User
from domain.ageing import months_after
from domain.stages import Stage
from domain.staleness import DEFAULT
from exchange.demo.lives import Stay
from exchange.demo.model_table import MODELS, ModelRow, Trouble
from exchange.demo.people import MANAGER, VALIDATOR
from exchange.demo.play import World
from exchange.demo.table import Row
from governance.models import AiModel
from governance.models.inventory import DOSSIER
from governance.services.inventory import ModelFacts, create_model, edit_model
from governance.services.review import record_review

CADENCE = 14
OLD_SECTION = "bias_and_segments"
FINDINGS = (
    "No finding.",
    "Two segments below the agreed floor; thresholds corrected the same week.",
    "Documentation of the training data completed during the review.",
)
ENDED = {
    "consumers_told": "Its users were told a month before and trained on what replaced it.",
    "data_disposal": "Training data deleted; decisions kept for seven years.",
    "access_revoked": "Service accounts closed, the endpoint switched off.",
    "archive": "Model and code in the archive of the platform team.",
}


class Life:
    """One model's acts. `launched` None: it does not serve."""

    def __init__(self, world: World, row: ModelRow, rows: dict[str, Row], stays: Sequence[Stay]) -> None:
        self.world, self.row, self.script = world, row, world.script
        self.initiative = rows.get(row.initiative)
        self.tier = row.tier or (self.initiative.tier if self.initiative else 3)
        self.model = 0
        self.stays = stays
        if row.since is not None:
            self.known = self.script.back(row.since + 60)
            self.launched: date | None = self.script.back(row.since)
        else:
            first = next(stay for stay in stays if stay.stage is Stage.DEVELOPMENT)
            self.known = min(first.entered_on + timedelta(days=20), self.script.back(9))
            self.launched = self._entered(Stage.PRODUCTION)

    def _entered(self, stage: Stage) -> date | None:
        days = [stay.entered_on for stay in self.stays if stay.stage is stage]
        return max(days[-1], self.known) if days else None

    def write(self) -> None:
        script = self.script
        script.on(self.known, self._register, hour=12)
        trial = self._entered(Stage.PILOT) if self.row.since is None else None
        if trial is not None:
            script.on(trial, partial(self._edit, {"stage": "pilot"}), hour=14)
            written = max(trial, script.back(300))
            script.on(written, partial(self._begin_dossier, written), hour=15)
        if self.launched is None:
            return
        script.on(self.launched, partial(self._launch, self.launched), hour=14)
        ended = next((stay.entered_on for stay in self.stays if stay.stage is Stage.RETIRED), None)
        self._looks(self.launched, ended or script.back(8))
        if ended is not None:
            script.on(ended, self._retire, hour=15)
        else:
            self._lately()

    def _register(self, at: datetime) -> None:
        row, world = self.row, self.world
        home = self.initiative.unit if self.initiative else row.unit
        linked = [world.initiatives[row.initiative]] if self.initiative else []
        facts: ModelFacts = {
            "name": row.name, "purpose": row.purpose, "unit": world.units[home], "initiatives": linked,
            "technique": row.technique, "risk_tier": self.tier, "vendor": row.vendor, "owner": self._owner(),
            "developer": row.vendor or row.developer, "validator": world.people[VALIDATOR],
        }  # fmt: skip
        self.model = create_model(by=world.who(MANAGER), at=at, **facts).pk

    def _owner(self) -> User | None:
        return self.world.people[self.row.owner] if self.row.owner else None

    def _begin_dossier(self, day: date, at: datetime) -> None:
        """A pilot has the first sections of its dossier, the higher the tier the more; a serving model has all."""
        if self.launched is not None and self.launched <= day:
            return
        sections = list(DOSSIER)[: 11 - 2 * self.tier]
        self._edit({"dossier_sections": dict.fromkeys(sections, day)}, at)

    def _launch(self, day: date, at: datetime) -> None:
        facts: ModelFacts = {
            "stage": "production",
            "in_production_since": day,
            "last_validated_on": day - timedelta(days=230 if Trouble.VALIDATION in self.row.troubles else 12),
            "fallback_plan": "Back to the way it was done before, within the hour, by a switch.",
            "decommission_criteria": "Three months off track, or no owner for thirty days.",
            "dossier_sections": {code: day - timedelta(days=30) for code in DOSSIER},
        }
        if Trouble.DOSSIER in self.row.troubles:
            facts["dossier_sections"] = {**facts["dossier_sections"], OLD_SECTION: day - timedelta(days=310)}
        if Trouble.NO_REVIEW_DATE not in self.row.troubles:
            facts["next_review_on"] = months_after(day, DEFAULT.review_months[self.tier])
        if Trouble.FALLBACK not in self.row.troubles:
            facts["fallback_tested_on"] = day - timedelta(days=5)
        self._edit(facts, at)

    def _looks(self, launched: date, until: date) -> None:
        """A review before each is due; fallback, dossier and, every second time, the validation with it."""
        months = DEFAULT.review_months[self.tier]
        day, number = months_after(launched, months) - timedelta(days=12), 1
        looks = []
        while day < until:
            looks.append((day, number))
            day, number = months_after(day, months) - timedelta(days=4), number + 1
        if Trouble.NO_REVIEW_DATE in self.row.troubles:
            return
        for day, number in looks:
            if Trouble.REVIEW not in self.row.troubles or day != looks[-1][0]:
                self.script.on(day, partial(self._review, day, number), hour=15)
            self.script.on(day, partial(self._look, day, number), hour=16)

    def _review(self, day: date, number: int, at: datetime) -> None:
        outcome = "fit_with_conditions" if number % 3 == 2 else "fit"
        record_review(
            model_id=self.model, reviewed_on=day, outcome=outcome, findings=FINDINGS[number % 3],
            by=self.world.who(VALIDATOR), at=at,
        )  # fmt: skip

    def _look(self, day: date, number: int, at: datetime) -> None:
        stood = AiModel.objects.get(pk=self.model).dossier_sections
        renewed = {
            code: date.fromisoformat(stood[code])
            if code == OLD_SECTION and Trouble.DOSSIER in self.row.troubles
            else day
            for code in DOSSIER
        }
        facts: ModelFacts = {"dossier_sections": renewed}
        if Trouble.FALLBACK not in self.row.troubles:
            facts["fallback_tested_on"] = day
        if number % 2 == 0 and Trouble.VALIDATION not in self.row.troubles:
            facts["last_validated_on"] = day
        self._edit(facts, at)

    def _lately(self) -> None:
        """What pipelines and the owner reported last."""
        script, troubles = self.script, self.row.troubles
        read = 61 if Trouble.MONITORING in troubles else 2
        beat = 44 if Trouble.HEARTBEAT in troubles else 1
        note: ModelFacts = {
            "monitoring_cadence_days": CADENCE,
            "last_monitored_on": script.back(read),
        }
        script.on(script.back(read), partial(self._edit, note), hour=6)
        script.on(script.back(beat), partial(self._edit, {"last_heartbeat_on": script.back(beat)}), hour=7)
        asked: ModelFacts = {"attestation_due_on": script.back(31)}
        script.on(script.back(62), partial(self._edit, asked), hour=9)
        if Trouble.ATTESTATION not in troubles:
            script.on(script.back(40), partial(self._edit, {"attested_on": script.back(40)}), hour=9)
        if Trouble.SUPERSEDED in troubles:
            script.on(script.back(70), self._supersede, hour=10)

    def _supersede(self, at: datetime) -> None:
        successor = AiModel.objects.get(name=self.row.successor)
        self._edit({"superseded_by": successor, "superseded_on": self.script.day(at)}, at)

    def _retire(self, at: datetime) -> None:
        by, because = self.world.who(MANAGER), "Replaced; its users were moved and its access revoked."
        row = begin_retirement(model_id=self.model, because=because, by=by, at=at)
        for code, evidence in ENDED.items():
            do_step(pk=row.pk, code=code, done_on=self.script.day(at), evidence=evidence, by=by, at=at)

    def _edit(self, facts: ModelFacts, at: datetime) -> None:
        edit_model(pk=self.model, by=self.world.who(MANAGER), at=at, **facts)


def write(world: World, rows: Sequence[Row], lives: dict[str, tuple[Stay, ...]]) -> None:
    """Add every model's acts to the script."""
    by_name = {row.name: row for row in rows}
    for row in MODELS:
        Life(world, row, by_name, lives.get(row.initiative, ())).write()
