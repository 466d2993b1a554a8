"""Rows that stand as they were written, also below the application: triggers for PostgreSQL and SQLite."""

from collections.abc import Sequence
from typing import Any

from django.db import migrations


def stands(
    table: str,
    columns: Sequence[str],
    sentence: str,
    *,
    may_empty: Sequence[str] = (),
    never_deleted: bool = True,
) -> migrations.RunPython:
    """An operation of a migration after which `columns` of `table` cannot be changed, nor a row deleted.

    `may_empty`: columns that may become empty, when a person is deleted, and not be exchanged. `sentence`: what the
    database answers, without an apostrophe. A migration that builds the table anew (SQLite does for most changes of a
    column) takes the triggers with it: it repeats this operation.
    """
    if "'" in sentence:
        raise ValueError(sentence)

    def forwards(_apps: Any, editor: Any) -> None:
        make = _postgresql if editor.connection.vendor == "postgresql" else _sqlite
        for statement in make(table, columns, sentence, may_empty, never_deleted):
            editor.execute(statement, params=None)

    def backwards(_apps: Any, editor: Any) -> None:
        postgresql = editor.connection.vendor == "postgresql"
        on = f" ON {table}" if postgresql else ""
        for verb in ("update", "delete", "truncate") if postgresql else ("update", "delete"):
            editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}{on}", params=None)
        if postgresql:
            editor.execute(f"DROP FUNCTION IF EXISTS {table}_stands()", params=None)

    return migrations.RunPython(forwards, backwards)


def _postgresql(
    table: str, columns: Sequence[str], sentence: str, may_empty: Sequence[str], never_deleted: bool
) -> list[str]:
    old, new = (", ".join(f'{row}."{name}"' for name in columns) for row in ("OLD", "NEW"))
    swapped = "".join(
        f' OR (NEW."{name}" IS NOT NULL AND NEW."{name}" IS DISTINCT FROM OLD."{name}")' for name in may_empty
    )
    made = [
        f"CREATE OR REPLACE FUNCTION {table}_stands() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '{sentence}' USING ERRCODE = 'restrict_violation'; END $$",
        f"CREATE OR REPLACE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW "
        f"WHEN (({old}) IS DISTINCT FROM ({new}){swapped}) EXECUTE FUNCTION {table}_stands()",
    ]
    if never_deleted:
        made += [
            f"CREATE OR REPLACE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW "
            f"EXECUTE FUNCTION {table}_stands()",
            f"CREATE OR REPLACE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT WHEN "
            "(current_setting('throughline.allow_truncate', true) IS DISTINCT FROM 'on') "
            f"EXECUTE FUNCTION {table}_stands()",
        ]
    return made


def _sqlite(
    table: str, columns: Sequence[str], sentence: str, may_empty: Sequence[str], never_deleted: bool
) -> list[str]:
    swapped = [f'(NEW."{name}" IS NOT NULL AND NEW."{name}" IS NOT OLD."{name}")' for name in may_empty]
    differs = " OR ".join([*(f'OLD."{name}" IS NOT NEW."{name}"' for name in columns), *swapped])
    refuse = f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
    made = [
        f"DROP TRIGGER IF EXISTS {table}_no_update",
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN {differs} {refuse}",
    ]
    if never_deleted:
        made += [
            f"DROP TRIGGER IF EXISTS {table}_no_delete",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
        ]
    return made
