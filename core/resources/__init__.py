"""The resources of /api/v1 that belong to no room: people, units, tokens, jobs, the audit log."""
