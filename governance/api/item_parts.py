"""Parts of an agenda item in the API: who left it, its ballots, its statements."""

from typing import Any

from rest_framework import serializers


class RecusalShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    user = serializers.IntegerField()
    kind = serializers.CharField()
    because = serializers.CharField()
    lifted = serializers.BooleanField()


class BallotShape(serializers.Serializer[Any]):
    """Told once the item is closed."""

    seat = serializers.IntegerField()
    cast_by = serializers.IntegerField()
    by_delegate = serializers.BooleanField()
    choice = serializers.CharField()
    reason = serializers.CharField()
    counted = serializers.BooleanField()


class StatementShape(serializers.Serializer[Any]):
    author = serializers.IntegerField()
    kind = serializers.CharField()
    text = serializers.CharField()
