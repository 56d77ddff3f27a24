"""Pure solvers: choice, clearing, exchange, competition, bargaining, welfare; docked on published cases."""
