"""Items on a condition, drafted motions, a second new date that waits for the chair, and what came of an action.

Two tables are built anew on SQLite for their constraints, so what they refuse is said again.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.refuses import refuses
from core.stands import stands


class Migration(migrations.Migration):

    dependencies = [
        ("governance", "0011_lessons_are_suggested"),
        ('portfolio', '0015_how_approvals_stand'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='agendaitem',
            name='one_item_at_a_time',
        ),
        migrations.RemoveConstraint(
            model_name='conditionact',
            name='condition_redated_to_a_day',
        ),
        migrations.AddField(
            model_name='agendaitem',
            name='condition',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='agenda_items', to='governance.condition'),
        ),
        migrations.AddField(
            model_name='agendaitem',
            name='draft',
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='agendaitem',
            name='off_because',
            field=models.CharField(blank=True, max_length=500, null=True),
        ),
        migrations.AddField(
            model_name='condition',
            name='proposed_due_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='conditionact',
            name='decision',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='governance.decision'),
        ),
        migrations.AddField(
            model_name='meetingaction',
            name='done_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='meetingaction',
            name='note',
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AlterField(
            model_name='conditionact',
            name='act',
            field=models.CharField(choices=[('evidence', 'Evidence given'), ('discharge', 'Discharged'), ('refuse', 'Not accepted'), ('waive', 'Waived'), ('redate', 'New due date'), ('propose', 'New due date asked for, to be confirmed'), ('decline', 'New due date not confirmed')], max_length=9),
        ),
        migrations.AlterField(
            model_name='decision',
            name='outcome',
            field=models.CharField(choices=[('go', 'Go'), ('conditional_go', 'Conditional go'), ('hold', 'Hold'), ('recycle', 'Recycle'), ('pivot', 'Pivot'), ('extend', 'Extend'), ('stop', 'Stop'), ('not_decided', 'Not decided'), ('reopen', 'Reopen'), ('waive', 'Waive'), ('redate', 'Redate')], max_length=14),
        ),
        migrations.AddConstraint(
            model_name='agendaitem',
            constraint=models.UniqueConstraint(condition=models.Q(('condition', None), ('state__in', ['planned', 'open', 'confirming'])), fields=('initiative',), name='one_item_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='agendaitem',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['planned', 'open', 'confirming'])), fields=('condition',), name='one_item_for_a_condition'),
        ),
        migrations.AddConstraint(
            model_name='condition',
            constraint=models.CheckConstraint(condition=models.Q(('proposed_due_on', None), ('state', 'open'), _connector='OR'), name='condition_closed_waits_for_no_date'),
        ),
        migrations.AddConstraint(
            model_name='conditionact',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('act__in', ['redate', 'propose']), _negated=True), ('due_on__isnull', False), _connector='OR'), name='condition_redated_to_a_day'),
        ),
        stands(
            "governance_condition",
            ("decision_id", "initiative_id", "number", "text", "kind", "blocking", "owner_id", "verifier_id", "verification", "first_due_on"),
            "A condition stands as it was decided. Waive it or give it a new due date.",
        ),
        stands(
            "governance_conditionact",
            ("condition_id", "act", "because", "due_on", "decision_id", "at"),
            "What was done of a condition stands.",
            may_empty=("by_id", "confirmed_by_id"),
        ),
        stands("governance_agendaitem", ("meeting_id", "initiative_id", "condition_id", "created_at"),
               "An item stands. It is taken off the agenda."),
        refuses("governance_agendaitem", "motionless", "NEW.state NOT IN ('planned', 'withdrawn') AND NEW.motion = '{}'",
                "Nobody votes on an item without a motion."),
    ]  # fmt: skip
