"""VICI on the wire. Pure: no I/O, nothing async; usable alone.

elements  what a message is made of
message   a message and its octets
packet    packets, and their framing in a byte stream
protocol  the queue of unanswered requests
"""
