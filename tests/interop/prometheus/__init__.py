"""The shop under a real Prometheus: exemplars, formats, dashboards and rules."""
