"""The engine that binds llama.cpp: the only room that imports llama_cpp. `engine.LlamaEngine`."""
