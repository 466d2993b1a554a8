"""Forms of the portfolio. They only shape; every rule is the service's."""
