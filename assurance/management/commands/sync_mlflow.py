"""`manage.py sync_mlflow [NAME ...]`: read registries of models now, all that are switched on unless some are named."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from assurance.models import ModelRegistry
from assurance.services.registry_sync import sync_registry
from core import clock
from core.access import system


class Command(BaseCommand):
    help = "Read registries of models (MLflow, Databricks). Exit code 1 where one could not be read."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "names", nargs="*", help="names of registries; all that are switched on unless given"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        rows = ModelRegistry.objects.filter(active=True).select_related("unit", "created_by").order_by("pk")
        if names := options["names"]:
            rows = rows.filter(name__in=names)
            lacking = set(names) - set(rows.values_list("name", flat=True))
            if lacking:
                raise CommandError(f"No registry that is switched on is named {', '.join(sorted(lacking))}.")
        failed = 0
        for row in rows:
            done = sync_registry(registry=row, by=system("command"), at=clock.now())
            told = ", ".join(f"{count} {words}" for words, count in sorted(done.counts.items()) if count)
            self.stdout.write(f"{row.name}: {done.failure or told or 'nothing new'}")
            failed += bool(done.failure)
        if failed:
            raise SystemExit(1)
