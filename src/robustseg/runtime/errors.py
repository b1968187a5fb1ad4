"""The exceptions for problems that a user can fix."""


class InputError(Exception):
    """Invalid input: one line with the file or key, the problem and the fix."""


class InputErrors(InputError):
    """Several problems found together, one line each."""

    def __init__(self, problems: list[str]) -> None:
        """Keep ``problems`` (one line each) and join them into the message."""
        self.problems = problems
        super().__init__("\n".join(problems))


class Interrupted(InputError):
    """A job that was told to stop and saved its state: one line."""
