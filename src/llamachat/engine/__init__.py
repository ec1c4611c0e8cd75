"""What generates text: the contract (`base.Engine`) and what fulfils it.

`open.open_engine` loads a model in this process (`llama`) or in one of its own (`process`);
`remote` is a server's, `scripted` one for tests. Knows nothing of chats.
"""
