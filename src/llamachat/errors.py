"""Every error a person can meet, and the exit code each one gives.

    LlamaChatError          anything below; a plain sentence and a hint to act on
    ├── UsageError          2   the command line, a prompt file or a setting is wrong
    │   └── PromptTooLong   2   a prompt is longer than the context
    ├── ModelError          3   the model file is missing, damaged or not a model
    ├── DownloadError       4   a transfer or a checksum failed
    ├── OutOfMemory         5   the model does not fit into this machine's memory
    ├── EngineError         6   the engine refused or failed
    │   └── EngineDied      6   the engine process is gone (crash, kill, out of memory)
    │       └── EngineHung  6   it heeded no cancel, and was killed
    └── UnsupportedCPU      7   the engine was built for instructions this processor lacks

Knows nothing of terminals: `llamachat.cli` prints these, everything else crashes into the log.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a shell sees. 130 and 141 follow the convention 128 + signal number."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    MODEL = 3
    DOWNLOAD = 4
    MEMORY = 5
    ENGINE = 6
    CPU = 7
    INTERRUPTED = 130
    BROKEN_PIPE = 141


EXIT_CODE_MEANINGS: dict[ExitCode, str] = {
    ExitCode.OK: "done",
    ExitCode.FAILURE: "any other failure",
    ExitCode.USAGE: "wrong usage: a flag, a prompt file or a setting",
    ExitCode.MODEL: "model not found, damaged or not a model",
    ExitCode.DOWNLOAD: "download or checksum failed",
    ExitCode.MEMORY: "not enough memory",
    ExitCode.ENGINE: "the engine failed or died",
    ExitCode.CPU: "the engine was built for a processor this one is not",
    ExitCode.INTERRUPTED: "interrupted with Ctrl+C; what was printed is kept",
    ExitCode.BROKEN_PIPE: "the reader of the output went away",
}


class LlamaChatError(Exception):
    """An error worth showing: `message` says what is wrong, `hint` what to do about it."""

    exit_code = ExitCode.FAILURE

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(LlamaChatError):
    exit_code = ExitCode.USAGE


class PromptTooLong(UsageError):
    pass


class ModelError(LlamaChatError):
    exit_code = ExitCode.MODEL


class DownloadError(LlamaChatError):
    exit_code = ExitCode.DOWNLOAD


class OutOfMemory(LlamaChatError):
    exit_code = ExitCode.MEMORY


class EngineError(LlamaChatError):
    exit_code = ExitCode.ENGINE


class EngineDied(EngineError):
    """The engine process is gone. `signal` is the number that killed it, 0 where unknown."""

    def __init__(self, message: str, hint: str = "", *, signal: int = 0) -> None:
        super().__init__(message, hint)
        self.signal = signal


class EngineHung(EngineDied):
    pass


class UnsupportedCPU(LlamaChatError):
    exit_code = ExitCode.CPU
