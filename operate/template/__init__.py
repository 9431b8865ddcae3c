"""A stage as CloudFormation has it: one stack of state, one of code.

The state is made once, hardly ever changed, protected, and shared by both ways to deploy. The code,
which `chalice deploy` makes as well as a stack, may be rolled back or made new at any time.

    state   tables  queue  sites  addresses  function_logs  alarms  dashboard
    code    functions  gateway
"""

from __future__ import annotations

from operate.template.code import code_template
from operate.template.place import Place
from operate.template.state import state_template

__all__ = ["Place", "code_template", "state_template"]
