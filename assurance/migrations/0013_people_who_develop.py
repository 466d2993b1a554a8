"""Nobody judges what they develop, also where the developers are named as people."""

from django.db import migrations

from core.refuses import refuses

DEVELOPS = (
    "EXISTS (SELECT 1 FROM governance_aimodel_developers d WHERE d.aimodel_id = {model} AND d.user_id = NEW.{who})"
)
OF_MODEL = DEVELOPS.replace("{model}", "NEW.model_id")
OF_VERSION = DEVELOPS.replace(
    "{model}", "(SELECT v.model_id FROM assurance_modelversion v WHERE v.id = NEW.version_id)"
)


class Migration(migrations.Migration):
    dependencies = [("assurance", "0012_data_windows"), ("governance", "0020_developers")]
    operations = [
        refuses("assurance_validation", "develops", OF_MODEL.format(who="recorded_by_id"),
                "Nobody validates a model they develop.", verbs=("INSERT",)),
        refuses("assurance_ethicsreview", "develops", OF_MODEL.format(who="recorded_by_id"),
                "Nobody reviews a model they develop.", verbs=("INSERT",)),
        refuses("assurance_riskassessment", "develops",
                "OLD.state = 'proposed' AND NEW.state <> 'proposed' AND " + OF_MODEL.format(who="decided_by_id"),
                "Nobody approves the tier of a model they develop.", verbs=("UPDATE",)),
        refuses("assurance_changerequest", "develops",
                "OLD.state = 'open' AND NEW.state IN ('accepted', 'rejected') AND " + OF_MODEL.format(who="decided_by_id"),
                "Nobody reviews a change to a model they develop.", verbs=("UPDATE",)),
        refuses("assurance_modelexception", "develops",
                "OLD.state = 'proposed' AND NEW.state <> 'proposed' AND " + OF_MODEL.format(who="decided_by_id"),
                "Nobody approves an exception for a model they develop.", verbs=("UPDATE",)),
        refuses("assurance_versionpromotion", "develops",
                "OLD.state = 'asked' AND NEW.state = 'approved' AND " + OF_VERSION.format(who="answered_by_id"),
                "Nobody gives a role to a version they develop.", verbs=("UPDATE",)),
    ]  # fmt: skip
