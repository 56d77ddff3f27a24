"""Deals between a lab and a cloud: dated capacity that is owed before anyone seeks and ordered apart."""
