"""One module for each way in which a Llama is published: what is where, and under which name.

`llamachat.build.source.open_source` chooses among them.
"""
