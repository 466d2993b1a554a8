"""What the database keeps of a model's life: what was written stands, nobody judges their own, and no model's id is used again."""

from django.db import migrations

from core.refuses import refuses
from core.stands import stands

BY = ("model_id", "recorded_by_id", "recorded_at")
APPEND_ONLY = "This record is append-only. Add another."
OWN = (
    "EXISTS (SELECT 1 FROM governance_aimodel m JOIN core_user u ON u.id = NEW.{who} WHERE m.id = NEW.model_id AND "
    "(m.owner_id = NEW.{who} OR (m.developer <> '' AND lower(trim(m.developer)) = lower(trim(u.name)))))"
)


class Migration(migrations.Migration):
    dependencies = [("assurance", "0002_life"), ("governance", "0016_how_ready_data_is")]
    operations = [
        # The id of a retired model is never given again: its row stays.
        stands("governance_aimodel", ("id",), "A model is retired, never deleted: its number is not used again."),
        stands("assurance_riskassessment",
               (*BY, "materiality", "complexity", "computed", "policy_number", "reasoning", "override"), APPEND_ONLY),
        stands("assurance_validation", (*BY, "kind", "scope", "started_on", "model_version_id"), APPEND_ONLY),
        stands("assurance_modelfinding", (*BY, "validation_id", "number", "severity", "text"), APPEND_ONLY),
        stands("assurance_changerequest", (*BY, "title", "description", "materiality", "model_version_id"), APPEND_ONLY),
        stands("assurance_modelexception",
               (*BY, "rule", "reason", "compensating_control", "owner_id", "expires_on"), APPEND_ONLY),
        stands("assurance_incident", (*BY, "detected_at"), APPEND_ONLY),
        stands("assurance_incidentevent",
               ("incident_id", "kind", "happened_at", "said", "recorded_by_id", "recorded_at"), APPEND_ONLY),
        stands("assurance_incidentclock", ("incident_id", "code", "words", "basis", "ends", "due_at"), APPEND_ONLY),
        stands("assurance_attestationround", ("question", "due_on", "filter", "opened_by_id", "opened_at"), APPEND_ONLY),
        stands("assurance_attestation", ("round_id", "model_id", "owner_id"), APPEND_ONLY),
        stands("assurance_fallbacktest", (*BY, "tested_on", "result", "evidence"), APPEND_ONLY),
        stands("assurance_retirement", (*BY, "because"), APPEND_ONLY),
        stands("assurance_retirementstep",
               ("retirement_id", "code", "done_on", "evidence", "recorded_by_id", "recorded_at"), APPEND_ONLY),
        # Nobody judges their own work.
        refuses("assurance_validation", "four_eyes", OWN.format(who="recorded_by_id"),
                "Nobody validates a model they own or developed.", verbs=("INSERT",)),
        refuses("assurance_riskassessment", "four_eyes",
                "OLD.state = 'proposed' AND NEW.state <> 'proposed' AND " + OWN.format(who="decided_by_id"),
                "Nobody approves the tier of a model they own or developed.", verbs=("UPDATE",)),
        refuses("assurance_changerequest", "four_eyes",
                "OLD.state = 'open' AND NEW.state IN ('accepted', 'rejected') AND " + OWN.format(who="decided_by_id"),
                "Nobody reviews a change to a model they own or developed.", verbs=("UPDATE",)),
        refuses("assurance_modelexception", "four_eyes",
                "OLD.state = 'proposed' AND NEW.state <> 'proposed' AND " + OWN.format(who="decided_by_id"),
                "Nobody approves an exception for a model they own or developed.", verbs=("UPDATE",)),
        # What was decided, closed or answered stands.
        refuses("assurance_riskassessment", "decided", "OLD.state <> 'proposed'",
                "A decided assessment stands. Assess the model again.", verbs=("UPDATE",)),
        refuses("assurance_validation", "finished", "OLD.outcome <> ''",
                "A finished validation stands. Record another.", verbs=("UPDATE",)),
        refuses("assurance_modelfinding", "closed", "OLD.closed_on IS NOT NULL",
                "A closed finding stands.", verbs=("UPDATE",)),
        refuses("assurance_changerequest", "decided", "OLD.state <> 'open'",
                "A decided change request stands. Ask again.", verbs=("UPDATE",)),
        refuses("assurance_modelexception", "decided",
                "OLD.state IN ('refused', 'ended') OR (OLD.state = 'expired' AND NEW.state <> 'ended') OR "
                "(OLD.state = 'approved' AND NEW.state NOT IN ('ended', 'expired'))",
                "An exception that ended stands. Ask for another.", verbs=("UPDATE",)),
        refuses("assurance_incidentclock", "met", "OLD.met_at IS NOT NULL", "A clock that was met stands.", verbs=("UPDATE",)),
        refuses("assurance_attestation", "answered", "OLD.answer <> ''", "An answered attestation stands.", verbs=("UPDATE",)),
        refuses("assurance_retirement", "ended", "OLD.state <> 'open'", "A retirement that ended stands.", verbs=("UPDATE",)),
    ]  # fmt: skip
