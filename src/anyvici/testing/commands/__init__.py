"""The commands: what comes in is read, carried out on the state, and told of.

readers        what stands for a value in a message
options        the tables of load-conn: every key, its reader, its field
rounds         rounds of authentication
listing        list-conns
connections    load-conn, unload-conn, get-conns
pool_values, pools          load-pool, unload-pool, get-pools
certificates   load-cert, list-certs, flush-certs, clear-creds
credentials    the commands for keys, shared secrets and tokens
authorities    the commands for certification authorities
algorithms, counters, daemon   what charon tells of itself
control        initiate, terminate, rekey, redirect, install, uninstall
queries        list-sas, list-policies
table          all of them, and the events
"""
