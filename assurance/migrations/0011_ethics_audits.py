"""Ethics reviews of models: what was recorded stands, and nobody reviews a model they own or developed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.refuses import refuses
from core.stands import stands

OWN = (
    "EXISTS (SELECT 1 FROM governance_aimodel m JOIN core_user u ON u.id = NEW.recorded_by_id WHERE m.id = NEW.model_id AND "
    "(m.owner_id = NEW.recorded_by_id OR (m.developer <> '' AND lower(trim(m.developer)) = lower(trim(u.name)))))"
)
COLUMNS = (
    "model_id", "recorded_by_id", "recorded_at", "kind", "reviewed_on", "outcome", "findings", "evidence_url", "next_due_on",
)  # fmt: skip


class Migration(migrations.Migration):

    dependencies = [
        ('assurance', '0010_running_and_silent'),
        ('governance', '0021_ethics_and_data_windows'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='EthicsReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recorded_at', models.DateTimeField()),
                ('version', models.PositiveIntegerField(default=1)),
                ('kind', models.CharField(choices=[('before_launch', 'Before launch'), ('periodic_audit', 'Periodic audit')], max_length=14)),
                ('reviewed_on', models.DateField()),
                ('outcome', models.CharField(choices=[('passed', 'Passed'), ('passed_with_conditions', 'Passed with conditions'), ('not_passed', 'Not passed')], max_length=22)),
                ('findings', models.TextField(blank=True)),
                ('evidence_url', models.CharField(blank=True, max_length=500)),
                ('next_due_on', models.DateField(blank=True, null=True)),
                ('model', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='governance.aimodel')),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['model', '-id'], name='ethics_review_of_model')],
                'constraints': [models.CheckConstraint(condition=models.Q(('outcome', 'passed'), models.Q(('findings', ''), _negated=True), _connector='OR'), name='ethics_review_says_what_was_found'), models.CheckConstraint(condition=models.Q(('next_due_on', None), ('next_due_on__gt', models.F('reviewed_on')), _connector='OR'), name='ethics_review_next_is_later')],
            },
        ),
        stands("assurance_ethicsreview", COLUMNS, "This record is append-only. Add another."),
        refuses("assurance_ethicsreview", "four_eyes", OWN, "Nobody reviews a model they own or developed.", verbs=("INSERT",)),
    ]
