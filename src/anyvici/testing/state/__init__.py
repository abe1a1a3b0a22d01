"""What is loaded, and what is counted. Knows nothing of messages.

configs       connections
pools         pools of addresses, and their leases
credentials   certificates, keys, shared secrets
authorities   certification authorities
counters      counters of IKE messages
"""
