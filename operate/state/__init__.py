"""A stage's state in AWS: what outlives a version of the code, by CloudFormation.

`make` is the way in; `stack` talks to CloudFormation, `changes` says what a stack may be asked.
"""
