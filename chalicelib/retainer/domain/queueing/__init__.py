"""Queueing models of a retainer pool: pure functions of seats, demand and recruitment.

Words and units, the same in all of them:

* `seats`: the base stock c, how many workers are waiting or being recruited while nobody is needed;
* `load`: rho, calls for workers per time x mean recruitment time, a number without unit;
* a share or probability is 0 to 1; times have the unit that the rates were given in.

| model | module     | a call ...                           | that finds too few ...           |
| ----- | ---------- | ------------------------------------ | -------------------------------- |
| A     | erlang     | takes one worker                     | waits for a recruit of its own   |
| B     | base_stock | takes one worker                     | is served by whoever comes first |
| C     | batches    | takes several at once                | is served by whoever comes first |
| D     | churn      | as in A or C, while some who wait leave                                 |

Recruitment times are exponential, except that A and B hold for any distribution with that mean.
"""
