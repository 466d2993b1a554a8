"""The gravest first, newer versions that wait, and how much of a dossier is written.

Columns that may be empty are added in place: triggers of the room above name this table, so SQLite must not build it anew.
"""

from typing import Any

from django.db import migrations, models
from django.db.models import F

STALE, RANKS = "stale", 2


def ask_again(apps: Any, schema_editor: Any) -> None:
    """Ranks below the stale move two places down; the worker judges every model in use again. Two statements."""
    rows = apps.get_model("governance", "AiModel").objects
    rows.exclude(status=STALE).update(status_rank=F("status_rank") + RANKS)
    rows.exclude(stage="retired").update(due=True)


def as_before(apps: Any, schema_editor: Any) -> None:
    rows = apps.get_model("governance", "AiModel").objects
    rows.filter(status=STALE).update(status_rank=0)
    rows.exclude(status=STALE).update(status_rank=F("status_rank") - RANKS)


class Migration(migrations.Migration):
    dependencies = [("governance", "0017_papers_are_issued")]

    operations = [
        migrations.RemoveIndex(model_name="aimodel", name="model_stale_first"),
        migrations.AddField("aimodel", "dossier_done", models.PositiveSmallIntegerField(blank=True, null=True)),
        migrations.AddField("aimodel", "dossier_whole", models.PositiveSmallIntegerField(blank=True, null=True)),
        migrations.AddField("aimodel", "newer_version_since", models.DateField(blank=True, null=True)),
        migrations.AddField("aimodel", "severity", models.PositiveSmallIntegerField(null=True)),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField("aimodel", "status_rank", models.PositiveSmallIntegerField(default=3))
            ]
        ),
        migrations.AddIndex(
            "aimodel",
            models.Index(fields=["status_rank", "stale_since", "valid_until", "id"], name="model_gravest_first"),
        ),
        migrations.RunPython(ask_again, as_before),
    ]
