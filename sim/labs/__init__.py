"""The labs: their product market, training and purse."""
