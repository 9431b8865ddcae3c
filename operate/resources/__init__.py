"""What `chalice deploy` does not make: tables, buckets, queue, secrets, sites, addresses.

Their properties are those of the CloudFormation template, read from it: both ways to deploy make
the same things. Every step looks first at what is there, so that all of it can be run again.
"""
