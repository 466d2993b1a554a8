"""The conventions of /api/v1, kept in one place so that no endpoint does otherwise."""
