"""The commands: each reads its arguments, asks the daemon, and hands what it hears to show/."""
