"""The live screen: SAs, their traffic, and what happens to them."""
