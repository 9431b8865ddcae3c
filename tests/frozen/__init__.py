"""Tables and pages of earlier versions, as they were: every later version must go on from them.

`1/tables.tar.gz` is a backup of all tables after the life that `life` lives, with `facts.json`,
which says what its people and programs knew; `1/pages.tar.gz` the waiting pages as they were, and
with 1, the first that is kept, the script of the protocol before. Both are made by

    python -m tests.frozen.make 1

with the version that is to be kept, and never again: a later version makes a folder of its own.
"""
