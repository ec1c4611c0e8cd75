"""The flags that say which server computes in place of this machine. Knows nothing of servers."""

from __future__ import annotations

from llamachat.cli.flags.flag import Flag, Group

REMOTE = Group(
    "remote",
    (
        Flag(
            ("--endpoint",),
            "talk to the model of an OpenAI-compatible server (llama-server, vLLM, Ollama, "
            "llamachat serve) at this address; -m then names one of its models; none = on this "
            "machine (default: that of the settings or of LLAMACHAT_ENDPOINT, else none)",
            metavar="URL",
        ),
        Flag(
            ("--api-key-file",),
            "a file that only you can read, with the key of that server (default: the key in "
            "LLAMACHAT_API_KEY or OPENAI_API_KEY)",
            metavar="FNAME",
            files="*",
        ),
        Flag(
            ("--key-over-http",),
            "send the key to another machine although the line is not encrypted",
        ),
    ),
)
