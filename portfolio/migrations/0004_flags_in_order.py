from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("portfolio", "0003_unit_tallies")]

    operations = [
        migrations.AddIndex(
            model_name="flag",
            index=models.Index(fields=["-severity", "since", "id"], name="flag_in_order"),
        ),
    ]
