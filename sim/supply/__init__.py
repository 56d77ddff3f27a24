"""The supply side: technology, foundry, orders, capacity, chip prices and terms between vendors and clouds."""
