"""Tables brought to the form that this version's code writes, while the service runs.

A migration changes rows that an earlier version wrote. Tables and indexes are another matter: they
are added by `Dynamo.create_tables`, before the functions that need them are deployed.
"""
