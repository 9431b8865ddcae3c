"""Looks a service over: what is wrong with it, and how to mend that."""
