"""Tranches from before decisions were recorded get the decisions that must have been taken, and these say so.

One statement for each act. In a migration of its own, because PostgreSQL adds no constraint to a table whose rows wait for
a check in the same transaction.
"""

from django.db import migrations

from core import clock

SENTENCES = (
    ("approve", "approved_on", "recorded_by_id", "Approved before decisions were recorded."),
    ("release", "released_on", "released_by_id", "Released before decisions were recorded."),
)


def forwards(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for act, day, person, because in SENTENCES:
            cursor.execute(
                "INSERT INTO portfolio_fundingdecision (initiative_id, tranche_id, act, amount, decided_on, decided_by_id,"
                f" decided_for_id, recorded_at, because, because_unknown, facts) SELECT initiative_id, id, %s, amount, {day},"
                f" {person}, approved_for_id, %s, %s, '', '{{}}' FROM portfolio_fundingtranche WHERE {day} IS NOT NULL",
                [act, clock.now(), because],
            )
        cursor.execute(
            "UPDATE portfolio_fundingtranche SET release_id = (SELECT d.id FROM portfolio_fundingdecision d"
            " WHERE d.tranche_id = portfolio_fundingtranche.id AND d.act = 'release') WHERE released_on IS NOT NULL"
        )


def backwards(apps, schema_editor):
    apps.get_model("portfolio", "FundingTranche").objects.update(release=None)
    apps.get_model("portfolio", "FundingDecision").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("portfolio", "0009_money_moves_by_decisions")]
    operations = [migrations.RunPython(forwards, backwards)]
