"""IKE_SAs and CHILD_SAs, and what becomes of them. Knows nothing of the wire.

sa            what an IKE_SA and a CHILD_SA are, and how they are told of
watching      a command that waits for an SA
telling       the events that tell of them
registry      all of a gateway: finding and numbering them
manager       Sas: what can be done to them, and what happens then
lifetimes     what happens to them by themselves
tasks         one exchange after the other with the peer, and the retransmissions
establishing  initiating IKE_SAs and CHILD_SAs
rekeying      replacing them, and reauthentication
deleting      ending them; asking whether the peer is alive
peers         who answers: somebody who agrees with everything, or nobody
responding    who answers: another simulated gateway
agreement     what two gateways have to agree on
policies      traps and shunts; what is to be done on loading, and undone
control       initiate, terminate, rekey, redirect, install, uninstall
queries       list-sas, list-policies
"""
