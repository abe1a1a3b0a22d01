"""A gateway with peers to look at, on any machine: what `demo` and `simulate` show."""
