"""A working meeting stands as it was recorded; its actions are rows of their own."""

from django.db import migrations

from core.stands import stands

COLUMNS = ("initiative_id", "group_id", "kind", "held_on", "agenda", "said", "decisions", "recorded_at")


class Migration(migrations.Migration):
    dependencies = [("portfolio", "0016_people_around_an_initiative")]
    operations = [
        stands(
            "portfolio_workingmeeting", COLUMNS, "A meeting stands as it was recorded.", may_empty=("recorded_by_id",)
        )
    ]  # fmt: skip
