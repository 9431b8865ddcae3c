"""Recovery: all tables as they were at one second, beside those that are there, and the stage's
switch to them. Tables of before are never written to: they are the way back.

What has been done is read from the tables themselves, so that it goes on wherever it stopped.
"""
