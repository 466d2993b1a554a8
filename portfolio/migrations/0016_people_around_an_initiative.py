import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '__first__'),
        ('portfolio', '0015_how_approvals_stand'),
    ]

    operations = [
        migrations.CreateModel(
            name='WorkingGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('purpose', models.CharField(blank=True, max_length=500)),
                ('ended_on', models.DateField(blank=True, null=True)),
                ('ended_because', models.CharField(blank=True, max_length=300)),
                ('recorded_at', models.DateTimeField()),
                ('version', models.PositiveIntegerField(default=1)),
                ('initiative', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='working_groups', to='portfolio.initiative')),
                ('recorded_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_on', None)), fields=('initiative', 'name'), name='working_group_name_once'), models.CheckConstraint(condition=models.Q(models.Q(('ended_because', ''), ('ended_on', None)), models.Q(('ended_on__isnull', False), models.Q(('ended_because', ''), _negated=True)), _connector='OR'), name='working_group_ended_for_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='GroupMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, max_length=200)),
                ('role', models.CharField(choices=[('lead', 'Leads the group'), ('translator', 'Translator'), ('business', 'Business'), ('data_science', 'Data science'), ('engineering', 'Engineering and IT'), ('compliance', 'Compliance'), ('other', 'Other')], max_length=12)),
                ('from_on', models.DateField()),
                ('until_on', models.DateField(blank=True, null=True)),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='portfolio.workinggroup')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('user', None), models.Q(('name', ''), _negated=True)), models.Q(('name', ''), ('user__isnull', False)), _connector='OR'), name='group_member_is_a_person_or_a_name'), models.UniqueConstraint(condition=models.Q(('until_on', None)), fields=('group', 'user', 'role'), name='group_role_once')],
            },
        ),
        migrations.CreateModel(
            name='WorkingMeeting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('kickoff', 'Kickoff'), ('working', 'Working meeting')], max_length=8)),
                ('held_on', models.DateField()),
                ('agenda', models.TextField(blank=True)),
                ('said', models.JSONField(default=list)),
                ('decisions', models.JSONField(default=list)),
                ('recorded_at', models.DateTimeField()),
                ('group', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='meetings', to='portfolio.workinggroup')),
                ('initiative', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='working_meetings', to='portfolio.initiative')),
                ('recorded_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-held_on', '-id'],
            },
        ),
        migrations.CreateModel(
            name='WorkingAction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=300)),
                ('due_on', models.DateField()),
                ('recorded_at', models.DateTimeField()),
                ('done_on', models.DateField(blank=True, null=True)),
                ('outcome', models.CharField(blank=True, max_length=300)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('meeting', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='actions', to='portfolio.workingmeeting')),
            ],
            options={
                'ordering': ['due_on', 'id'],
                'indexes': [models.Index(condition=models.Q(('done_on', None)), fields=['due_on', 'id'], name='working_action_open')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('done_on', None), ('outcome', '')), models.Q(('done_on__isnull', False), models.Q(('outcome', ''), _negated=True)), _connector='OR'), name='working_action_done_says_how')],
            },
        ),
        migrations.CreateModel(
            name='Stakeholder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, max_length=200)),
                ('function', models.CharField(choices=[('business', 'Business'), ('it', 'IT'), ('data', 'Data'), ('compliance', 'Compliance'), ('other', 'Other')], max_length=10)),
                ('interest', models.CharField(blank=True, max_length=500)),
                ('concern', models.CharField(blank=True, max_length=500)),
                ('signed_on', models.DateField(blank=True, null=True)),
                ('basis', models.CharField(blank=True, max_length=300)),
                ('left_on', models.DateField(blank=True, null=True)),
                ('left_because', models.CharField(blank=True, max_length=300)),
                ('recorded_at', models.DateTimeField()),
                ('version', models.PositiveIntegerField(default=1)),
                ('initiative', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stakeholders', to='portfolio.initiative')),
                ('recorded_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('user', None), models.Q(('name', ''), _negated=True)), models.Q(('name', ''), ('user__isnull', False)), _connector='OR'), name='stakeholder_is_a_person_or_a_name'), models.UniqueConstraint(condition=models.Q(('left_on', None)), fields=('initiative', 'user'), name='stakeholder_once'), models.CheckConstraint(condition=models.Q(models.Q(('left_because', ''), ('left_on', None)), models.Q(('left_on__isnull', False), models.Q(('left_because', ''), _negated=True)), _connector='OR'), name='stakeholder_left_for_a_reason')],
            },
        ),
    ]
