"""An insert that is no failure where the row is there already."""

from django.db import connection, models


def insert_unless_there(row: models.Model) -> bool:
    """Insert one unsaved object and give it its id; False where a unique column says that it is there already.

    One statement, which no failure takes the transaction with.
    """
    columns = [column for column in row._meta.concrete_fields if not column.primary_key]
    names = ", ".join(f'"{column.column}"' for column in columns)
    values = [column.get_db_prep_save(getattr(row, column.attname), connection) for column in columns]
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{row._meta.db_table}" ({names}) VALUES ({", ".join(["%s"] * len(columns))}) '  # noqa: S608  names of our own models, values are parameters
            f'ON CONFLICT DO NOTHING RETURNING "{row._meta.pk.column}"',
            values,
        )
        found = cursor.fetchone()
    if found is None:
        return False
    row.pk = found[0]
    row._state.adding, row._state.db = False, connection.alias
    return True
