"""Errors that are meant for the person at the keyboard."""


class UserError(Exception):
    """Something the user can put right. Its text says where, what was found, what is allowed and what to do next.

    The command line and the notebooks print the text alone, without a traceback.
    """

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in a notebook instead of a traceback."""
        return [str(self)]
