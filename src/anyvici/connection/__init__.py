"""One connection to the daemon. Only this room holds a stream.

mailbox        the one queue between tasks
unix           a UNIX socket as a byte stream
transport      addresses, connecting
background     tasks behind the body of an `async with`
listeners      who waits for which event, and what the daemon was told of it
pending        a request on its way
conversation   one socket, its two loops, turns
streams        a command and the items it yields
subscriptions  events, as they happen
connection     Connection: what programs hold
"""
