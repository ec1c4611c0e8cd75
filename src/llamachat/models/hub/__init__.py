"""The hub of models: which files make a model, what is known of them, where the cache keeps them.

`resolve` asks the hub about a reference; `cached` looks on this disk. The bytes are fetched by
`models.fetch`.
"""

from llamachat.models.hub.account import Hub
from llamachat.models.hub.cache import cached
from llamachat.models.hub.remote import RemoteFile, resolve, resolve_files

__all__ = ["Hub", "RemoteFile", "cached", "resolve", "resolve_files"]
