"""Watching a daemon: its events across restarts, and a live table of its SAs."""
