"""The demo's AI models: registered, put into service, looked at as agreed, or not."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial

from assurance.services.duties import begin_retirement, do_step
from assurance.services.ethics import record_ethics_review
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
from governance.services.corrections import Corrections, correct_facts
from governance.services.inventory import create_model, edit_model
from governance.services.model_values import ModelEdits, ModelFacts
from governance.services.review import record_review

CADENCE = 14
OLD_SECTION = "bias_and_segments"
FINDINGS = (
    "No finding.",
    "Two segments below the agreed floor; thresholds corrected the same week.",
    "Documentation of the training data completed during the review.",
)
ETHICS = (
    "",
    "Passed while a person answers every appeal within five working days, and segments are published each quarter.",
    "Passed while its use stays within the purpose on record; another use comes back to the committee.",
)
COMMITTEE = "https://ethics.calder.example/minutes/"
CARRIED = "Carried over from the files of model risk, which are kept outside this inventory."
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
            # What nobody planned a review for was found running, and registered as it was.
            found = Trouble.NO_REVIEW_DATE in row.troubles
            self.known = self.script.back(row.since + (0 if found else 60))
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
        self._ethics()
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
            "developer": row.vendor,
            "developers": [] if row.vendor else [world.people[row.developer]], "validator": world.people[VALIDATOR],
        }  # fmt: skip
        if Trouble.NO_REVIEW_DATE in row.troubles and self.launched == self.known:
            facts |= {"stage": "production", "in_production_since": self.launched}
        self.model = create_model(by=world.who(MANAGER), at=at, **facts).pk

    def _owner(self) -> User | None:
        return self.world.people[self.row.owner] if self.row.owner else None

    def _begin_dossier(self, day: date, at: datetime) -> None:
        """A pilot has the first sections of its dossier, the higher the tier the more; a serving model has all."""
        if self.launched is not None and self.launched <= day:
            return
        sections = list(DOSSIER)[: 11 - 2 * self.tier]
        self._carry({"dossier_sections": dict.fromkeys(sections, day)}, at)

    def _launch(self, day: date, at: datetime) -> None:
        facts: ModelEdits = {
            "stage": "production",
            "in_production_since": day,
            "fallback_plan": "Back to the way it was done before, within the hour, by a switch.",
            "decommission_criteria": "Three months off track, or no owner for thirty days.",
        }
        if Trouble.NO_REVIEW_DATE not in self.row.troubles:
            facts["next_review_on"] = months_after(day, DEFAULT.review_months[self.tier])
        self._edit(facts, at)
        kept: Corrections = {
            "last_validated_on": day - timedelta(days=230 if Trouble.VALIDATION in self.row.troubles else 12),
            "dossier_sections": {code: day - timedelta(days=30) for code in DOSSIER},
        }
        if Trouble.DOSSIER in self.row.troubles:
            kept["dossier_sections"] = {**kept["dossier_sections"], OLD_SECTION: day - timedelta(days=310)}
        if Trouble.FALLBACK not in self.row.troubles:
            kept["fallback_tested_on"] = day - timedelta(days=5)
        self._carry(kept, at)

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

    def _ethics(self) -> None:
        """A review before launch, and audits by the cadence of the tier; a model on its way up has its first."""
        months = DEFAULT.ethics_months[self.tier]
        climbing = self._entered(Stage.SCALE_UP) if self.row.since is None else None
        if months is None or (self.launched is None and climbing is None):
            return
        if self.launched is None:
            if climbing is not None and climbing < self.script.back(6):
                self.script.on(climbing + timedelta(days=5), partial(self._examine, 1, None), hour=13)
            return
        late = Trouble.ETHICS in self.row.troubles
        held = max(self.known, self.launched - timedelta(days=14))
        next_due = self.script.back(23) if late else None
        self.script.on(held, partial(self._examine, 0, next_due), hour=13)
        day, number = months_after(held, months) - timedelta(days=9), 1
        while not late and day < self.script.back(5):
            self.script.on(day, partial(self._examine, number, None), hour=13)
            day, number = months_after(day, months) - timedelta(days=6), number + 1

    def _examine(self, number: int, next_due: date | None, at: datetime) -> None:
        if AiModel.objects.get(pk=self.model).stage == AiModel.Stage.RETIRED:
            return
        findings = ETHICS[(number + self.model) % 3]
        record_ethics_review(
            model_id=self.model, kind="periodic_audit" if number and self.launched else "before_launch",
            reviewed_on=self.script.day(at), outcome="passed_with_conditions" if findings else "passed", findings=findings,
            evidence_url=f"{COMMITTEE}{self.script.day(at)}", next_due_on=next_due, by=self.world.who(VALIDATOR), at=at,
        )  # fmt: skip

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
        facts: Corrections = {"dossier_sections": renewed}
        if Trouble.FALLBACK not in self.row.troubles:
            facts["fallback_tested_on"] = day
        if number % 2 == 0 and Trouble.VALIDATION not in self.row.troubles:
            facts["last_validated_on"] = day
        self._carry(facts, at)

    def _lately(self) -> None:
        """What pipelines and the owner reported last."""
        script, troubles = self.script, self.row.troubles
        read = 61 if Trouble.MONITORING in troubles else 2
        beat = 44 if Trouble.HEARTBEAT in troubles else 1
        script.on(script.back(read), partial(self._edit, {"monitoring_cadence_days": CADENCE}), hour=6)
        script.on(script.back(read), partial(self._carry, {"last_monitored_on": script.back(read)}), hour=6)
        script.on(script.back(beat), partial(self._carry, {"last_heartbeat_on": script.back(beat)}), hour=7)
        asked: Corrections = {"attestation_due_on": script.back(31)}
        script.on(script.back(62), partial(self._carry, asked), hour=9)
        if Trouble.ATTESTATION not in troubles:
            answered: Corrections = {"attested_on": script.back(40), "attestation_due_on": None}
            script.on(script.back(40), partial(self._carry, answered), hour=9)
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

    def _carry(self, facts: Corrections, at: datetime) -> None:
        """What was on file before this inventory kept the records, brought over by who validates models."""
        correct_facts(pk=self.model, because=CARRIED, by=self.world.who(VALIDATOR), at=at, **facts)

    def _edit(self, facts: ModelEdits, at: datetime) -> None:
        edit_model(pk=self.model, by=self.world.who(MANAGER), at=at, **facts)


def write(world: World, rows: Sequence[Row], lives: dict[str, tuple[Stay, ...]]) -> None:
    """Add every model's acts to the script."""
    by_name = {row.name: row for row in rows}
    for row in MODELS:
        Life(world, row, by_name, lives.get(row.initiative, ())).write()
