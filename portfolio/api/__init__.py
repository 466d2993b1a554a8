"""The portfolio's resources of /api/v1."""
