"""A published version is neither changed nor deleted, nor are its lines or what cites it, on both databases.

Left out are columns that are emptied when a person is deleted: who wrote, published, cited, answers for a benefit; they may
become empty, and nothing else. What goes with an initiative goes: the lines with their version, by a trigger, and
on PostgreSQL the version is asked at the end of the transaction whether its initiative is gone too. SQLite cannot ask so
late; there a version nobody cites is guarded by the services alone against being deleted.

A later migration that builds one of these tables anew (SQLite does for most changes of a column) calls `backwards` before
and `forwards` after: the triggers name each other's tables.
"""

import django.db.models.deletion
from django.db import migrations, models

CASE, CITATION = "funding_businesscase", "funding_casecitation"
LINES = {
    "funding_casecost": ("id", "case_id", "category", "amounts", "note"),
    "funding_casebenefit": (
        "id",
        "case_id",
        "key",
        "description",
        "type",
        "evidence",
        "kpi_id",
        "attribution",
        "attribution_method",
        "baseline",
        "amounts",
    ),
    "funding_casescenario": (
        "id",
        "case_id",
        "name",
        "haircut",
        "years_late",
        "outlay_factor",
        "probability",
    ),
}
STANDS = (
    "id",
    "initiative_id",
    "number",
    "state",
    "because",
    "starts_on",
    "years",
    "rate",
    "currency",
    "prices",
    "mid_year",
    "finance_rate",
    "reinvest_rate",
    "spread_benefits",
    "spread_outlay",
    "spread_years_late",
    "spread_rate",
    "spread_running",
    "do_nothing",
    "delay_means",
    "works",
    "if_stopped",
    "if_carried_on",
    "people",
    "created_at",
    "updated_at",
    "published_at",
    "seal",
    "version",
)
PEOPLE = {
    CASE: ("created_by_id", "published_by_id"),
    "funding_casebenefit": ("owner_id",),
    CITATION: ("recorded_by_id",),
}
CITED = ("id", "case_id", "cited_by", "ref", "recorded_at")
STAYS = "A published case is neither changed nor deleted. Begin the next version from it."
APPENDED = "What cites a case is append-only."


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(_postgresql(), params=None)
        return
    for statement in _sqlite():
        schema_editor.execute(statement, params=None)


def _changed(table, names, differs):
    """A condition: a column differs, or a person is put in the place of another or of none."""
    columns = [f'OLD."{name}" {differs} NEW."{name}"' for name in names]
    people = [
        f'(NEW."{name}" IS NOT NULL AND OLD."{name}" {differs} NEW."{name}")'
        for name in PEOPLE.get(table, ())
    ]
    return " OR ".join([*columns, *people])


def _postgresql():
    differs = "IS DISTINCT FROM"
    out = [
        _says("funding_case_stands", f"RAISE EXCEPTION '{STAYS}' USING ERRCODE = 'restrict_violation';"),
        _says(
            "funding_citation_stands", f"RAISE EXCEPTION '{APPENDED}' USING ERRCODE = 'restrict_violation';"
        ),
        _says(
            "funding_case_gone",
            f"""
            IF EXISTS (SELECT 1 FROM portfolio_initiative WHERE id = OLD.initiative_id) THEN
                RAISE EXCEPTION '{STAYS}' USING ERRCODE = 'restrict_violation';
            END IF; RETURN NULL;""",
        ),
        _says(
            "funding_lines_go",
            "".join(f"DELETE FROM {table} WHERE case_id = OLD.id; " for table in LINES) + "RETURN NULL;",
        ),
        _says(
            "funding_lines_stand",
            f"""
            IF TG_OP <> 'INSERT' THEN
                IF EXISTS (SELECT 1 FROM {CASE} WHERE id = OLD.case_id AND state = 'published') THEN
                    RAISE EXCEPTION '{STAYS}' USING ERRCODE = 'restrict_violation';
                END IF;
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            IF EXISTS (SELECT 1 FROM {CASE} WHERE id = NEW.case_id AND state = 'published') THEN
                RAISE EXCEPTION '{STAYS}' USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;""",
        ),
        f"CREATE TRIGGER {CASE}_published_no_update BEFORE UPDATE ON {CASE} FOR EACH ROW "
        f"WHEN (OLD.state = 'published' AND ({_changed(CASE, STANDS, differs)})) EXECUTE FUNCTION funding_case_stands();",
        f"CREATE TRIGGER {CASE}_lines_go AFTER DELETE ON {CASE} FOR EACH ROW EXECUTE FUNCTION funding_lines_go();",
        f"CREATE CONSTRAINT TRIGGER {CASE}_published_no_delete AFTER DELETE ON {CASE} DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW WHEN (OLD.state = 'published') EXECUTE FUNCTION funding_case_gone();",
        f"CREATE TRIGGER {CITATION}_no_update BEFORE UPDATE ON {CITATION} FOR EACH ROW "
        f"WHEN ({_changed(CITATION, CITED, differs)}) EXECUTE FUNCTION funding_citation_stands();",
        f"CREATE TRIGGER {CITATION}_no_delete BEFORE DELETE ON {CITATION} FOR EACH ROW "
        "EXECUTE FUNCTION funding_citation_stands();",
    ]
    for table, names in LINES.items():
        out += [
            f"CREATE TRIGGER {table}_published_no_change BEFORE INSERT OR DELETE ON {table} FOR EACH ROW "
            "EXECUTE FUNCTION funding_lines_stand();",
            f"CREATE TRIGGER {table}_published_no_update BEFORE UPDATE ON {table} FOR EACH ROW "
            f"WHEN ({_changed(table, names, differs)}) EXECUTE FUNCTION funding_lines_stand();",
        ]
    out += [
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
        "WHEN (current_setting('throughline.allow_truncate', true) IS DISTINCT FROM 'on') "
        "EXECUTE FUNCTION funding_case_stands();"
        for table in (CASE, CITATION, *LINES)
    ]
    return "\n".join(out)


def _says(name, body):
    return f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$;"


def _sqlite():
    def stop(sentence):
        return f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END"

    def published(side):
        return f"EXISTS (SELECT 1 FROM {CASE} WHERE id = {side}.case_id AND state = 'published')"

    differs = "IS NOT"
    yield (
        f"CREATE TRIGGER {CASE}_published_no_update BEFORE UPDATE ON {CASE} "
        f"WHEN OLD.state = 'published' AND ({_changed(CASE, STANDS, differs)}) {stop(STAYS)}"
    )
    gone = " ".join(f"DELETE FROM {table} WHERE case_id = OLD.id;" for table in LINES)
    yield f"CREATE TRIGGER {CASE}_lines_go AFTER DELETE ON {CASE} BEGIN {gone} END"
    yield (
        f"CREATE TRIGGER {CITATION}_no_update BEFORE UPDATE ON {CITATION} "
        f"WHEN {_changed(CITATION, CITED, differs)} {stop(APPENDED)}"
    )
    yield f"CREATE TRIGGER {CITATION}_no_delete BEFORE DELETE ON {CITATION} {stop(APPENDED)}"
    for table, names in LINES.items():
        yield f"CREATE TRIGGER {table}_published_no_insert BEFORE INSERT ON {table} WHEN {published('NEW')} {stop(STAYS)}"
        yield f"CREATE TRIGGER {table}_published_no_delete BEFORE DELETE ON {table} WHEN {published('OLD')} {stop(STAYS)}"
        yield (
            f"CREATE TRIGGER {table}_published_no_update BEFORE UPDATE ON {table} "
            f"WHEN ({published('OLD')} OR {published('NEW')}) AND ({_changed(table, names, differs)}) {stop(STAYS)}"
        )


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        names = (
            "funding_case_stands",
            "funding_citation_stands",
            "funding_case_gone",
            "funding_lines_go",
            "funding_lines_stand",
        )
        schema_editor.execute("".join(f"DROP FUNCTION {name}() CASCADE;" for name in names))
        return
    made = (one.split()[2] for one in _sqlite())
    for name in list(made):
        schema_editor.execute(f"DROP TRIGGER {name}")


class Migration(migrations.Migration):
    dependencies = [
        ("funding", "0001_initial"),
        ("kpis", "0013_readings_stand"),
        ("portfolio", "0008_what_a_case_is_worth"),
    ]

    operations = [
        migrations.AlterField(
            model_name="casebenefit",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="benefits",
                to="funding.businesscase",
            ),
        ),
        migrations.AlterField(
            model_name="casecost",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="costs",
                to="funding.businesscase",
            ),
        ),
        migrations.AlterField(
            model_name="casescenario",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="scenarios",
                to="funding.businesscase",
            ),
        ),
        migrations.RunPython(forwards, backwards),
    ]
