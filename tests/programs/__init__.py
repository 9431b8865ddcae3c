"""Small programs that call the service in the ways of well-known ones, host names and all.

They are ours: each does what the project named in its first line does where it meets the service,
and nothing else of it. `post` prints a HIT, `review` deals with what was submitted.
"""
