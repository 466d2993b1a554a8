"""Versions say what the KPI counts for: until now the KPI said it for its only version."""

from django.db import migrations
from django.db.models import OuterRef, Subquery

STANDING = ("primary", "weight", "serves_id", "serves_because", "parent_id", "rolls_up_by", "window", "data_source", "judge_id")


def say(apps, schema_editor):
    Kpi = apps.get_model("kpis", "Kpi")
    KpiVersion = apps.get_model("kpis", "KpiVersion")
    of = Kpi.objects.filter(pk=OuterRef("kpi_id"))
    KpiVersion.objects.update(**{name: Subquery(of.values(name)[:1]) for name in STANDING})


class Migration(migrations.Migration):
    dependencies = [("kpis", "0005_versions_say_what_it_counts_for")]
    operations = [migrations.RunPython(say, migrations.RunPython.noop)]
