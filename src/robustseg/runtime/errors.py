"""The one exception for what a user can mend."""


class InputError(Exception):
    """Bad input: one line that says which file or key, what is wrong and what to do."""


class InputErrors(InputError):
    """Several problems found together, one line each."""

    def __init__(self, problems: list[str]) -> None:
        """Keep ``problems`` (one line each) and join them into the message."""
        self.problems = problems
        super().__init__("\n".join(problems))


class Interrupted(InputError):
    """A job that was told to stop and kept its state: one line that says so."""
