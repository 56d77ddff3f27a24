"""The rules of the world: demand, supply, clearing, contracts and accounts, one quarter at a time."""
