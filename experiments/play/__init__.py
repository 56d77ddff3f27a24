"""A game as a log: played, replayed, forked and told."""
