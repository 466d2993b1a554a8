import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0005_before_consent'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccessRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('role', 'Role'), ('email', 'E-mail address')], max_length=5)),
                ('role', models.CharField(blank=True, choices=[('admin', 'Administrator'), ('portfolio_manager', 'Portfolio manager'), ('executive', 'Executive'), ('council_member', 'Council member'), ('council_chair', 'Council chair'), ('unit_lead', 'Unit lead'), ('lead', 'Project lead'), ('contributor', 'Contributor'), ('model_owner', 'Model owner'), ('validator', 'Validator'), ('auditor', 'Auditor'), ('viewer', 'Viewer')], max_length=24)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('because', models.CharField(max_length=300)),
                ('proposed_at', models.DateTimeField()),
                ('lapses_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('waiting', 'Waits for consent'), ('confirmed', 'Confirmed'), ('declined', 'Declined'), ('withdrawn', 'Withdrawn'), ('lapsed', 'Lapsed')], default='waiting', max_length=9)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['-id'], name='access_request_waiting')],
            },
        ),
        migrations.AddField(
            model_name='rolegrant',
            name='confirmed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='rolegrant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('role__in', ('admin', 'portfolio_manager', 'council_member', 'council_chair')), _negated=True), ('granted_by', None), models.Q(('confirmed_by__isnull', False), models.Q(('confirmed_by', models.F('granted_by')), _negated=True), models.Q(('confirmed_by', models.F('user')), _negated=True)), _connector='OR'), name='a_role_that_approves_is_given_by_two'),
        ),
        migrations.AddField(
            model_name='accessrequest',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='accessrequest',
            name='proposed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='accessrequest',
            name='unit',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.businessunit'),
        ),
        migrations.AddField(
            model_name='accessrequest',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='access_requests', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='accessrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'role'), models.Q(('role', ''), _negated=True), ('email', '')), models.Q(('kind', 'email'), ('role', ''), ('unit', None), models.Q(('email', ''), _negated=True)), _connector='OR'), name='access_request_is_a_role_or_an_address'),
        ),
        migrations.AddConstraint(
            model_name='accessrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('state__in', ['waiting', 'lapsed'])), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('state__in', ['confirmed', 'declined', 'withdrawn'])), _connector='OR'), name='access_request_decided_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='accessrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['confirmed', 'declined']), _negated=True), models.Q(models.Q(('decided_by', models.F('proposed_by')), _negated=True), models.Q(('kind', 'email'), models.Q(('decided_by', models.F('user')), _negated=True), _connector='OR')), _connector='OR'), name='access_request_needs_another_person'),
        ),
        migrations.AddConstraint(
            model_name='accessrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'withdrawn'), _negated=True), ('decided_by', models.F('proposed_by')), _connector='OR'), name='access_request_withdrawn_by_its_proposer'),
        ),
        migrations.AddConstraint(
            model_name='accessrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'role'), ('state', 'waiting'), ('unit__isnull', False)), fields=('user', 'role', 'unit'), name='a_role_in_a_unit_asked_for_once'),
        ),
        migrations.AddConstraint(
            model_name='accessrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'role'), ('state', 'waiting'), ('unit', None)), fields=('user', 'role'), name='a_role_everywhere_asked_for_once'),
        ),
        migrations.AddConstraint(
            model_name='accessrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'email'), ('state', 'waiting')), fields=('user',), name='one_address_asked_for_at_a_time'),
        ),
    ]
