"""What is known when an item without a submission opens is sealed; and a stop can be confirmed."""

import django.db.models.deletion
from django.db import migrations, models

from core.stands import stands


class Migration(migrations.Migration):

    dependencies = [("governance", "0022_upstream_models")]

    operations = [
        migrations.AlterField(
            model_name="decision",
            name="outcome",
            field=models.CharField(choices=[("go", "Go"), ("conditional_go", "Conditional go"), ("hold", "Hold"), ("recycle", "Recycle"), ("pivot", "Pivot"), ("extend", "Extend"), ("stop", "Stop"), ("not_decided", "Not decided"), ("reopen", "Reopen"), ("waive", "Waive"), ("redate", "Redate"), ("confirm_stop", "Confirm stop")], max_length=14),
        ),
        migrations.CreateModel(
            name="ItemPack",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("document", models.TextField()),
                ("seal", models.CharField(max_length=64)),
                ("sealed_at", models.DateTimeField()),
                ("item", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="pack", to="governance.agendaitem")),
            ],
            options={
                "ordering": ["id"],
                "constraints": [models.CheckConstraint(condition=models.Q(models.Q(("seal", ""), _negated=True), models.Q(("document", ""), _negated=True)), name="item_pack_is_sealed")],
            },
        ),
        stands(
            "governance_itempack", ("item_id", "document", "seal", "sealed_at"),
            "What was known when an item opened stands as it was sealed.",
        ),
    ]  # fmt: skip
