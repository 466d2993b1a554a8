"""Pictures of what is watched."""
