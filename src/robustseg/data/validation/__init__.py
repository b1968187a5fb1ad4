"""Checks of cases and of cohorts before their use."""
