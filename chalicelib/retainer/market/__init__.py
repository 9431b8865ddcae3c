"""Adapters to labour markets, behind the port in `domain.market`."""
