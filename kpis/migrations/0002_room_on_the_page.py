"""Leaves room on each page of KPIs, so that a new answer is written beside the old one and no index hears of it."""

from django.db import migrations


def leave_room(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE kpis_kpi SET (fillfactor = 85)")


def use_it(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE kpis_kpi RESET (fillfactor)")


class Migration(migrations.Migration):
    dependencies = [("kpis", "0001_initial")]
    operations = [migrations.RunPython(leave_room, use_it)]
