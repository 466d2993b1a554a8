"""A model's life: versions, deployments, monitoring, its dossier and classifications, and what happens to it."""
