"""Everything that makes Bob, the small Llama that llamachat ships: words, training and tests.

    tables/      what he knows, as tables that a person can correct
    eval/        the questions he is measured with, written before the corpus
    corpus.py    dialogs generated from the tables          python -m scripts.bob.corpus
    train.py     tokenizer and model, minutes on one GPU    python -m scripts.bob.train
    export.py    checkpoint to GGUF                         python -m scripts.bob.export
    evaluate.py  accuracy through the real engine           python -m scripts.bob.evaluate

Knows nothing of the app; `docs/bob.md` tells the story with its figures.
"""
