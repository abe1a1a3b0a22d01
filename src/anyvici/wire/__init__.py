"""VICI on the wire. Pure: no I/O, nothing async; usable alone.

message   a message and its octets
packet    packets, and their framing in a byte stream
protocol  the queue of unanswered requests
"""
