"""Who plays: clouds, chip vendors, labs, buyer segments and regulators, and the strategies that hold their seats."""
