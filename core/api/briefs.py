"""Small shapes that other shapes nest by `?expand=`: what anybody may know of a person or a unit."""

from rest_framework import serializers

from core.api.shape import Shape


class PersonBrief(Shape):
    """A person's name. Never more: who they are to others is not theirs to hide, their address is."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(read_only=True)


class UnitBrief(Shape):
    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(read_only=True)
    code = serializers.CharField(read_only=True)
