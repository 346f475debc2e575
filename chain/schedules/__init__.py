"""Exact loan arithmetic: pure functions from terms and events to schedules. No network, clock, files or chain."""
