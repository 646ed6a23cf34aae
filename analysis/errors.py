"""Errors that are meant for the person at the keyboard."""

import errno

from analysis import identity

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""The numbers of an OSError that says: nothing more can be written, as the disk or what the user may have is full."""


class Incomplete(Exception):
    """Some parts of a result could not be made, and the others stand. `parts` says of each, in a sentence, why."""

    def __init__(self, parts: list[str]):
        super().__init__(parts)
        self.parts = parts


class UserError(Exception):
    """Something the user can put right. Its text says where, what was found, what is allowed and what to do next.

    The command line and the notebooks print the text alone, without a traceback. A number of a person in it, such as
    in a name that somebody gave, is masked.
    """

    def __init__(self, text: object = ""):
        super().__init__(identity.masked(str(text)))

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in a notebook instead of a traceback."""
        return [str(self)]
