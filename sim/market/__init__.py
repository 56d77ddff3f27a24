"""The market for capacity: sites, offers, contracts, switching costs, sublets, and what use teaches."""
