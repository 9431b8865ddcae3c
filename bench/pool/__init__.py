"""A day of a pool in simulated time: the service's own sizing, with its ports played here."""
