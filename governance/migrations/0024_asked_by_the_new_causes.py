"""What was judged before ethics reviews, data windows, upstream models and owners' loads were causes is judged again."""

from typing import Any

from django.db import migrations


def ask_again(apps: Any, _editor: Any) -> None:
    apps.get_model("governance", "AiModel").objects.exclude(stage="retired").update(due=True)


class Migration(migrations.Migration):
    dependencies = [("governance", "0023_items_are_sealed")]
    operations = [migrations.RunPython(ask_again, migrations.RunPython.noop)]
