"""The command line, `anyvici`: docs/cli.md. Only here is anything printed."""
