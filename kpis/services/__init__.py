"""Every write to KPIs: defining, measuring, judging, and asking again what has expired."""
