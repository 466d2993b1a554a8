"""Rows the database itself refuses, by a condition over other tables: triggers for PostgreSQL and SQLite from one text."""

from collections.abc import Sequence
from typing import Any

from django.db import migrations


def refuses(
    table: str, name: str, condition: str, sentence: str, *, verbs: Sequence[str] = ("INSERT", "UPDATE")
) -> migrations.RunPython:
    """An operation of a migration after which a row of `table` for which `condition` holds is refused.

    `condition`: SQL that both databases read, over NEW (and OLD in an update). `name`: of the rule, in the trigger's name.
    `sentence`: what the database answers, without an apostrophe. A migration that builds the table anew takes the trigger
    with it, and repeats this operation (core.stands).
    """
    if "'" in sentence or not name.isidentifier():
        raise ValueError(sentence)
    known = f"{table}_{name}"

    def forwards(_apps: Any, editor: Any) -> None:
        make = _postgresql if editor.connection.vendor == "postgresql" else _sqlite
        for statement in make(table, known, condition, sentence, verbs):
            editor.execute(statement, params=None)

    def backwards(_apps: Any, editor: Any) -> None:
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP TRIGGER IF EXISTS {known} ON {table}", params=None)
            editor.execute(f"DROP FUNCTION IF EXISTS {known}()", params=None)
            return
        for verb in verbs:
            editor.execute(f"DROP TRIGGER IF EXISTS {known}_{verb.lower()}", params=None)

    return migrations.RunPython(forwards, backwards)


def _postgresql(table: str, known: str, condition: str, sentence: str, verbs: Sequence[str]) -> list[str]:
    """A condition over other tables stands in the function: WHEN takes no subquery there."""
    return [
        f"CREATE OR REPLACE FUNCTION {known}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN "
        f"RAISE EXCEPTION '{sentence}' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW; END $$",
        f"CREATE OR REPLACE TRIGGER {known} BEFORE {' OR '.join(verbs)} ON {table} FOR EACH ROW "
        f"EXECUTE FUNCTION {known}()",
    ]


def _sqlite(table: str, known: str, condition: str, sentence: str, verbs: Sequence[str]) -> list[str]:
    made = []
    for verb in verbs:
        trigger = f"{known}_{verb.lower()}"
        made += [
            f"DROP TRIGGER IF EXISTS {trigger}",
            f"CREATE TRIGGER {trigger} BEFORE {verb} ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END",
        ]
    return made
