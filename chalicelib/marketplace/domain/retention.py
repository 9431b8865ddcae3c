"""For how long what people wrote is kept, where nobody deletes it before."""

from __future__ import annotations

from chalicelib.marketplace.domain.hits import DISPOSAL_MS

_DAY_S = 86_400
MESSAGES_S = 120 * _DAY_S
"""After they were sent."""
REPORTS_S = 120 * _DAY_S
"""After somebody has looked at them; those that nobody has looked at stay."""
# Those of a HIT go when it is disposed of. This is for what that does not reach, as tests that
# somebody took for a qualification: a HIT is open for a year at the most, unless it is extended;
# then the requester decides within 30 days, and has as long as the service gives after its end.
ANSWERS_S = (365 + 30) * _DAY_S + DISPOSAL_MS // 1000
"""After they were handed in."""
