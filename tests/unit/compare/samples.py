"""A comparison with everything in it: three models, one hostile, one that failed."""

from llamachat.compare.figures import Answer, Comparison, Depth, Quality, Row, Subject

HOSTILE = "</script><script>alert(1)</script>&\"'|`[x](http://evil.example)\x1b[31m\x00\ufffe"


def subject(label: str, size: int, bits: float) -> Subject:
    return Subject(label, f"/models/{label}.gguf", label, size, bits, 6_738_415_616)


BIG = Row(
    subject("F16", 13_480_000_000, 16.0),
    load=6.5,
    memory=14_000_000_000,
    depths=(Depth(0, None, 2.5), Depth(512, 20.25, 2.25)),
    answers=(Answer("Because of Rayleigh.", 5, 2.5, 0.5, 2.0, "eos"),),
    quality=Quality(5.8, 0.05, 12, 3060, kld_chunks=12),
)
SMALL = Row(
    subject(HOSTILE, 3_830_000_000, 4.55),
    load=1.25,
    memory=4_100_000_000,
    depths=(Depth(0, None, 7.5), Depth(512, 41.0, 7.0)),
    answers=(Answer(f"```\n{HOSTILE}\n````", 9, 1.5, 0.25, 6.5, "length"),),
    quality=Quality(5.95, 0.05, 12, 3060, 0.0212, 0.001, 0.9431, 0.004, 12),
)
FAILED = Row(subject("Q8_0", 7_160_000_000, 8.5), fault="It does not fit.")

COMPARISON = Comparison(
    (BIG, SMALL, FAILED),
    0,
    prompts=(f"Why? {HOSTILE}",),
    wanted=frozenset({"speed", "answers", "perplexity"}),
    title=f"Comparison of {HOSTILE}",
    machine="one processor",
    date="2026-11-23",
    text="alice.txt",
)
