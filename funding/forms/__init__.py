"""Forms of this room. They only shape; every rule is the service's."""
