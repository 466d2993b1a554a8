"""Versions say what is measured, and from when they judge: until now the KPI said it for its only version."""

from django.db import migrations
from django.db.models import F, OuterRef, Subquery

MEASURE = ("name", "kind", "definition", "formula", "population", "unit_of_measure")


def say(apps, schema_editor):
    Kpi = apps.get_model("kpis", "Kpi")
    KpiVersion = apps.get_model("kpis", "KpiVersion")
    of = Kpi.objects.filter(pk=OuterRef("kpi_id"))
    KpiVersion.objects.update(
        in_force_at=F("recorded_at"), **{name: Subquery(of.values(name)[:1]) for name in MEASURE}
    )


class Migration(migrations.Migration):
    dependencies = [("kpis", "0003_discipline")]
    operations = [migrations.RunPython(say, migrations.RunPython.noop)]
