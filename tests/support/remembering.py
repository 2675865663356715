"""Answers that are remembered in a process: most tests begin with the same few patients, and check them again."""

import functools
import hashlib
import pickle
from collections.abc import Callable


def remembered(function: Callable) -> Callable:
    """Return a function that asks another one only for what is new; whatever is asked again gets a copy of its own.

    The other one must depend on nothing but what it is given, and leave that as it is.
    """
    answers: dict[bytes, bytes] = {}

    @functools.wraps(function)
    def ask(*given, **named):
        asked = hashlib.sha256(pickle.dumps((given, named))).digest()
        if asked in answers:
            return pickle.loads(answers[asked])
        answer = function(*given, **named)
        answers[asked] = pickle.dumps(answer)
        return answer

    return ask
