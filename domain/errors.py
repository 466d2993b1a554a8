"""The one error of the rules: what was refused, where, and what to do about it."""


class RuleError(Exception):
    """A rule refuses what it was given.

    `code` is a lower snake case word for programs, `message` a plain sentence that names the remedy,
    `pointer` the place in the input (a JSON pointer such as ``/0/kpi/target``), or None when there is no one place.
    """

    def __init__(self, code: str, message: str, pointer: str | None = None) -> None:
        super().__init__(code, message, pointer)
        self.code = code
        self.message = message
        self.pointer = pointer

    def __str__(self) -> str:
        return self.message if self.pointer is None else f"{self.pointer}: {self.message}"
