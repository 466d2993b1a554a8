"""What stood before roles that approve needed two administrators.

Such a role given by one alone stands as given on the machine: the audit log keeps who gave it. Addresses that the
sign-in library kept beside the person's own are dropped: a person signs in with one address, and it is ours.
"""

from django.db import migrations

BY_TWO = ("admin", "portfolio_manager", "council_member", "council_chair")


def forwards(apps, schema_editor):
    apps.get_model("core", "RoleGrant").objects.filter(role__in=BY_TWO).update(granted_by=None)
    apps.get_model("account", "EmailAddress").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0004_role_once_on_both_databases"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
