"""How charon reads and prints values. Pure: no state, nothing async.

numbers, texts          numbers as C reads them; text that is cut
hosts, services         IP addresses; names of protocols and ports
selectors               traffic selectors
algorithms, proposals   the keywords of algorithms, and proposals made of them
der, distinguished_names, addresses, identities   identities, among them distinguished names
x509, certificates      certificates and keys
"""
