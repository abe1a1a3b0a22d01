"""IKE_SAs and CHILD_SAs, and what becomes of them. Knows nothing of the wire.

sa             what an IKE_SA and a CHILD_SA are, and how they are told of
watching       a command that waits for an SA
telling        the events that tell of them
tasks          one exchange after the other with the peer, and the retransmissions
deleting       ending them; asking whether the peer is alive; sending it elsewhere
policies       traps and shunts; what is to be done on loading, and undone
registry       all of a gateway: finding and numbering them
removing       taking them away: what goes with them, what goes to a successor
agreement      what two gateways have to agree on
establishing   initiating IKE_SAs and CHILD_SAs
uniqueness     whether a peer may have several, and what becomes of the former ones
rekeying       replacing them, and reauthentication
lifetimes      what happens to them by themselves
peers          who answers: somebody who agrees with everything, or nobody
accepting      another simulated gateway takes in what is initiated
responding     another simulated gateway does its part in everything else
manager        Sas: what can be done to them, and what happens then
"""
