"""What is loaded into the daemon, checked before it is sent. Pure: no I/O, nothing async.

values    text, and what stands for a wrong value
numbers   numbers, times, volumes, marks
words     yes and no, and the words of enumerations
texts     identities, proposals, hex digits, octets
methods   the methods of authentication
networks  addresses, subnets, traffic selectors
options   the tables: every key with its kind and since when charon has it
sections  a section against its table
types     the keys of swanctl.conf as TypedDicts, for editors and type checkers
check     check_conn() and its like, for load-conn and the other load commands

charon refuses what it does not know with a bare "invalid value for: rekey_time", and much it
cuts, misreads or ignores without a word: version=3, port 70000, a rekey_time of 20 digits, a
traffic selector 10.0.0.0/x (the whole Internet), an owner too long. What passes here, it
understands as it is meant; all that it understands as it is meant should pass here.
"""
