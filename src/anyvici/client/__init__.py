"""Every command and event of the daemon, typed. Only this room knows commands by name.

parameters     what is given to a command, so written that it cannot be misread
pool           the few connections below a client; shared: where there can be only one
leased         a command that yields, on a connection of its own: a list or a stream
progress       initiate and terminate: bounded in time and in number
commands       what the groups of commands share: daemon, sas, configuration, credentials
events         events as typed objects
tunnel         a tunnel as a block of code
client         Client, connect()
"""
