"""A decision that names no submission while one is open is refused to whoever is in conflict on that one, too."""

from django.db import migrations

from core.refuses import refuses

CONDITION = (
    "NEW.outcome <> 'not_decided' AND NEW.decided_by_id IS NOT NULL AND NEW.submission_id IS NULL AND EXISTS ("
    "SELECT 1 FROM governance_gateconflict c JOIN governance_gatesubmission s ON s.id = c.submission_id "
    "WHERE c.initiative_id = NEW.initiative_id AND c.user_id = NEW.decided_by_id AND s.state = 'open')"
)


class Migration(migrations.Migration):
    dependencies = [("governance", "0007_council_refuses")]
    operations = [
        refuses(
            "governance_decision", "unasked", CONDITION, "Whoever is in conflict on an initiative does not decide on it.",
            verbs=("INSERT",),
        )
    ]  # fmt: skip
