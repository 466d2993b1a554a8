"""Pages that belong to no room: people, units, one's own account, the audit log."""
