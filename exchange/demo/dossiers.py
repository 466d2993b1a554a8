"""The demo's dossiers: what was written of four models, how they are explained, and by which rules they are classified."""

import json
import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from assurance.models import DossierSection, Obligation
from assurance.services.classifications import record_classification, say_obligation
from assurance.services.dossier import write_section
from assurance.services.explanations import add_lime, add_shap
from core.access import Actor
from exchange.demo.people import MANAGER
from exchange.demo.play import World
from governance.models import AiModel

FRAUD, SCORE, RANKER, CHAT = (
    "Card fraud scorer",
    "Affordability score",
    "Shortlist ranker",
    "Answer retrieval assistant",
)
Texts = Mapping[str, Mapping[str, str]]
WRITTEN: Final[Mapping[str, Texts]] = {
    FRAUD: {
        "purpose_and_users": {"text": "Scores every card payment before it is authorised. The authorisation desk declines above 0.92 and asks the customer between 0.80 and 0.92.\nCardholders are affected; nobody else sees the score."},
        "data_and_lineage": {
            "sources": "Payments of 24 months from the authorisation stream; chargebacks as labels, sixty days later.\nMerchant data from the acquirer, monthly.",
            "privacy": "Personal data. Assessed in March: https://privacy.calder.example/assessments/card-fraud",
        },
        "method_and_training": {"text": "Gradient-boosted trees, 212 features, retrained quarterly on the last 24 months. A logistic baseline is kept beside it."},
        "performance": {"text": "Recall at 1 % alerts 0.71 against 0.58 of the rules before, on the payments of October. Confidence interval 0.69 to 0.73."},
        "bias_and_segments": {"text": "Compared by age band, region and account age. Customers over 65 are asked more often; the gap is 0.4 points and is looked at each quarter."},
        "explainability": {"text": "SHAP values for a sample each month. The desk sees the three features that weighed most."},
        "limits": {"text": "Never tried on corporate cards. Does not see payments by instalment as one."},
        "security": {
            "threat_assessment": "Probing by small payments; score inversion through declines. Rate limits and noise on the answer stand against it.",
            "red_team": "April, by the red team of the group: two findings, both closed.",
            "leakage_test": "Membership inference at 51 %, no better than chance.",
        },
        "oversight": {
            "people": "Four analysts watch each shift and may switch it off by merchant.",
            "fallback": "The forty written rules, within the hour, by a switch.",
            "appeal": "A customer rings the number on the card; an analyst decides within the day.",
        },
        "monitoring_playbook": {
            "monitor": "PSI of 20 inputs and of the score, weekly; recall monthly when chargebacks arrive.",
            "drift": "Above 0.25 on one input or 0.10 on the score: the owner decides within two days.",
            "retrain": "Recall two points below its reference, or each quarter; the champion is replaced by approval only.",
            "govern": "Reviewed every six months; the council hears of every pause.",
            "comply": "EU AI Act obligations and their evidence stand on the tab Classification.",
        },
    },
    SCORE: {
        "purpose_and_users": {"text": "Estimates what a customer can carry each month, before a loan is offered. Lending staff see it beside their own calculation."},
        "data_and_lineage": {"sources": "Account turnover of twelve months, with consent."},
        "limits": {"text": "Not for the self-employed: income of less than two years is not read."},
        "oversight": {"people": "A lending officer decides; the score decides nothing alone.", "fallback": "The written affordability table."},
        "monitoring_playbook": {"monitor": "PSI weekly.", "drift": "Above 0.25: told to the owner.", "retrain": "Each half-year."},
    },
    RANKER: {
        "purpose_and_users": {"text": "Orders applications by the skills the vacancy names. Recruiters read every application."},
        "limits": {"text": "The vendor compares by sex and age on its own data; ours was not compared yet."},
    },
}  # fmt: skip
FEATURES: Final = (
    ("amount against usual", 0.31), ("hours since last payment", 0.22), ("merchant risk", 0.19), ("country changed", 0.14),
    ("device known", 0.11), ("account age", 0.07), ("time of day", 0.04), ("card present", 0.03),
)  # fmt: skip
HIGH: Final = {
    "ai_system": ("yes", "It learns from data how to rank."), "eu_scope": ("yes", "Used in Oslo and Lisbon."),
    "exclusion": ("no", "None fits."), "role": (["provider", "deployer"], "Built and used by the group."),
    "article_5": ("no", "No prohibited practice; looked at by legal."), "annex_i": ("no", "No product law applies."),
}  # fmt: skip
ANSWERS: Final[Sequence[tuple[str, str, int, Mapping[str, Any]]]] = (
    (SCORE, "eu_ai_act", 260, HIGH | {"annex_iii": ("yes", "Creditworthiness, point 5(b)."), "article_6_3": ("no", "It assesses the person."), "article_50": ("no", "Nobody talks with it; it makes no content.")}),
    (RANKER, "eu_ai_act", 40, HIGH | {"role": (["deployer"], "Bought, used under our name as employer."), "annex_iii": ("yes", "Recruitment, point 4(a)."), "article_6_3": ("no", "It ranks people."), "article_50": ("no", "Nobody talks with it; it makes no content.")}),
    (FRAUD, "eu_ai_act", 35, HIGH | {"annex_iii": ("no", "Detecting financial fraud is left out of point 5(b)."), "article_50": ("no", "Nobody talks with it.")}),
    (CHAT, "eu_ai_act", 30, HIGH | {"annex_iii": ("unknown", "Complaints about credit reach it too; legal has to say.")}),
    (FRAUD, "model_risk", 34, {"applies": ("yes", "A model under the policy of the bank.")}),
    (SCORE, "iso_42001", 33, {"applies": ("yes", "Within the management system from its start.")}),
)  # fmt: skip
SAID: Final = (
    (
        RANKER,
        "eu_ai_act",
        "use_as_instructed",
        "yes",
        "Instructions of Hirewell, version 4, acknowledged by the desk.",
    ),
    (RANKER, "eu_ai_act", "oversight_people", "in_progress", ""),
    (RANKER, "eu_ai_act", "inform_workers", "no", "Works council asked for a hearing first."),
    (FRAUD, "model_risk", "inventory", "yes", "This record."),
    (FRAUD, "model_risk", "independent", "yes", "Validation report of June."),
    (FRAUD, "model_risk", "third_party", "not_applicable", "Built in house."),
    (SCORE, "iso_42001", "iso_a_5_2", "in_progress", ""),
)


class Written:
    """What was written of the models, each act at the moment it became known."""

    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def by(self) -> Actor:
        """The portfolio manager, who is there once the script plays."""
        return self.world.who(MANAGER)

    def model(self, name: str) -> AiModel:
        return AiModel.objects.get(name=name)

    def write(self) -> None:
        script = self.world.script
        for name, sections in WRITTEN.items():
            for place, (code, parts) in enumerate(sections.items()):
                script.on(script.back(58 - place), partial(self._section, name, code, parts), hour=17)
        revised = {
            "text": f"{WRITTEN[FRAUD]['limits']['text']}\nToo few payments by passport holders of small states to say anything."
        }
        script.on(script.back(6), partial(self._section, FRAUD, "limits", revised), hour=17)
        script.on(script.back(29), self._shap, hour=17)
        script.on(script.back(28), self._lime, hour=17)
        for name, rule_set, days, answers in ANSWERS:
            script.on(script.back(days), partial(self._answer, name, rule_set, answers), hour=18)
        for name, rule_set, code, status, evidence in SAID:
            script.on(script.back(20), partial(self._say, name, rule_set, code, status, evidence), hour=18)

    def _section(self, name: str, code: str, parts: Mapping[str, str], at: datetime) -> None:
        model = self.model(name)
        last = DossierSection.objects.filter(model=model, code=code, newest=True).first()
        write_section(
            model_id=model.pk, code=code, parts=parts, follows=last.number if last else 0, by=self.by, at=at
        )

    def _shap(self, at: datetime) -> None:
        chance: random.Random = self.world.chance("shap")
        lines = [",".join(["decision", "base", *(name for name, _ in FEATURES), "prediction"])]
        for number in range(60):
            values = [round(chance.gauss(0, weight), 4) for _, weight in FEATURES]
            total = round(0.02 + sum(values), 4)
            lines.append(",".join([f"PAY-{4100 + number}", "0.02", *map(str, values), str(total)]))
        content = ("\n".join(lines) + "\n").encode()
        add_shap(model_id=self.model(FRAUD).pk, content=content, filename="october.csv", by=self.by, at=at)

    def _lime(self, at: datetime) -> None:
        items = json.loads(
            '[["amount against usual > 3.10", 0.41], ["country changed = yes", 0.22], ["account age > 9", -0.12], ["device known = yes", -0.08]]'
        )
        for decision, outcome in (("PAY-4107", "asked the customer"), ("PAY-4131", "declined")):
            add_lime(
                model_id=self.model(FRAUD).pk,
                decision=decision,
                outcome=outcome,
                items=items,
                by=self.by,
                at=at,
            )

    def _answer(self, name: str, rule_set: str, answers: Mapping[str, Any], at: datetime) -> None:
        said = {code: {"answer": answer, "because": why} for code, (answer, why) in answers.items()}
        record_classification(
            model_id=self.model(name).pk, rule_set=rule_set, answers=said, by=self.by, at=at
        )

    def _say(self, name: str, rule_set: str, code: str, status: str, evidence: str, at: datetime) -> None:
        row = Obligation.objects.get(model__name=name, rule_set=rule_set, code=code)
        due = None if status in {"yes", "not_applicable"} else self.world.script.today
        say_obligation(
            pk=row.pk,
            by=self.by,
            at=at,
            status=status,
            evidence=evidence,
            owner=self.model(name).owner,
            due_on=due,
        )


def write(world: World) -> None:
    """Add what was written of the models to the script."""
    Written(world).write()
