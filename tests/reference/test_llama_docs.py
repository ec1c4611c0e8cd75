"""What docs/llama.md says holds: its figures follow from the shapes, the code that it names is
there, and what it claims of the arithmetic is so in the reference."""

import re
from collections import Counter
from dataclasses import replace
from inspect import getmembers, isfunction
from math import pi, prod
from pathlib import Path

import numpy as np
import pytest

from llamachat.build import row_order
from llamachat.bundled import BOB
from llamachat.engine import context, params
from llamachat.engine.llama.prefill import PROGRESS_TOKENS
from llamachat.engine.params import SamplingParams
from llamachat.gguf.generated import LLAMA_7B, LlamaShape, plan_tensors
from llamachat.gguf.reader import read_header
from llamachat.gguf.types import TENSOR_TYPE
from llamachat.gguf.vocabulary import FIRST_PIECE
from llamachat.models.shape import shape_of
from tests.reference import llama
from tests.reference.llama import Array, Llama, logits, rope_angles, rotated
from tests.reference.original import META_NAMES

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "llama.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (.*) \|$", DOCS, re.MULTILINE)
PROSE = re.sub(r"^\|.*$", "", DOCS, flags=re.MULTILINE)
NUMBER = re.compile(r"(?<![\w.,])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\w.]*\w)")

READ, COMPUTED = 30, 500
"""GB and billions of operations a second: the machine of the examples"""


def row(start: str) -> list[str]:
    """The cells of the one table row that begins so."""
    (found,) = (line for line in ROWS if line.startswith(start))
    return [cell.strip(" *") for cell in found.split("|")]


def n_weights(shape: LlamaShape) -> int:
    return sum(prod(matrix.dims) for matrix in plan_tensors(shape, "q4_0"))


def bob() -> LlamaShape:
    found = shape_of(read_header(BOB))
    return LlamaShape(
        found.n_layer, found.n_embd, found.n_head, found.n_head_kv, found.n_ff, found.n_vocab,
        found.n_ctx_train, found.tied,
    )  # fmt: skip


def cache_bytes(shape: LlamaShape, kind: str) -> int:
    return 2 * shape.n_layer * TENSOR_TYPE[kind].row_bytes(shape.n_embd_kv)


def test_the_shapes_are_those_of_the_models() -> None:
    for place, shape in ((2, LLAMA_7B), (3, bob())):
        found = {line: row(line)[place] for line in ("v |", "d |", "L |", "h |", "g |", "f |")}
        assert [int(text.replace(",", "")) for text in found.values()] == [
            shape.n_vocab, shape.n_embd, shape.n_layer, shape.n_head, shape.n_head_kv, shape.n_ff,
        ]  # fmt: skip
        assert row("c |")[place] == str(shape.n_embd // shape.n_head)
        assert row("| context")[place] == f"{shape.n_ctx:,}"
        assert row("| parameters")[place] == f"{n_weights(shape):,}"
    assert n_weights(LLAMA_7B) == 6_738_415_616
    assert n_weights(bob()) == read_header(BOB).n_params


def test_the_tensors_are_those_of_the_7b() -> None:
    sizes = {"v": 32000, "d": 4096, "f": 11008, "g · c": 4096}
    tensors = {
        re.sub(r"blk\.\d+", "blk.N", tensor.name.removesuffix(".weight")): tensor.dims
        for tensor in plan_tensors(LLAMA_7B, "q4_0")
    }
    listed = [line for line in ROWS if line.startswith(("`token", "`blk", "`output"))]
    assert len(listed) == len(tensors)
    layer = 0
    for line in listed:
        ours, metas, shape, count = (cell.strip(" `") for cell in line.split("|"))
        dims = [sizes[letter] for letter in shape.strip("[]").split(", ")]
        assert tuple(reversed(dims)) == tensors[ours]
        assert metas in META_NAMES.values()
        assert count == f"{prod(dims):,}"
        layer += prod(dims) if ours.startswith("blk") else 0
    assert row("| | *one")[3] == f"{layer:,}"


def figures() -> set[str]:
    """All numbers of two digits or more that the text may have, tables apart."""
    d, n_layer, n_vocab, n_ctx = (
        LLAMA_7B.n_embd, LLAMA_7B.n_layer, LLAMA_7B.n_vocab, LLAMA_7B.n_ctx,
    )  # fmt: skip
    all_bytes = {m.name: m.type.row_bytes(prod(m.dims)) for m in plan_tensors(LLAMA_7B, "q4_0")}
    total, ends = n_weights(LLAMA_7B), 2 * n_vocab * d + d
    operations = 2 * (total - n_vocab * d - (2 * n_layer + 1) * d) / 1e9
    looking_back = 4 * n_layer * d * n_ctx / 1e9
    read = (sum(all_bytes.values()) - all_bytes["token_embd.weight"]) / 1e9
    full = read + cache_bytes(LLAMA_7B, "f16") * n_ctx / 1e9
    forward = 3 * d * LLAMA_7B.n_ff * n_layer
    head = d // LLAMA_7B.n_head
    last = Llama({}, 0, 0, 0, 0.0).rope_theta ** -((head - 2) / head)
    counts = (
        256, n_vocab - FIRST_PIECE, 10_000, head // 2, round(2 * pi / last), ends, total - ends,
        total, 18, 32, 2 * n_layer * d, cache_bytes(LLAMA_7B, "f16"), 512, n_ctx,
        TENSOR_TYPE["q8_0"].size, cache_bytes(LLAMA_7B, "q8_0"), cache_bytes(bob(), "f16"),
        4 * n_layer * d, round(100 * looking_back / operations), PROGRESS_TOKENS,
        round(PROGRESS_TOKENS * operations), READ, COMPUTED, round(COMPUTED / operations),
        round(100 * forward / total),
    )  # fmt: skip
    gigabytes = (2 * total, sum(all_bytes.values()), *(
        cache_bytes(LLAMA_7B, kind) * n_ctx for kind in ("f16", "q8_0")
    ))  # fmt: skip
    return (
        {f"{count:,}" for count in counts}
        | {f"{size / 1e9:.2f}" for size in gigabytes}
        | {f"{operations:.2f}", f"{looking_back:.2f}", f"{read:.2f}", "0.00001"}
        | {f"{READ / read:.1f}", f"{READ / full:.1f}"}
    )


def test_every_figure_of_the_text_follows_from_the_shape() -> None:
    found = Counter(number for number in NUMBER.findall(PROSE) if len(number) > 1)
    assert set(found) == figures()
    assert TENSOR_TYPE["q4_0"].block == TENSOR_TYPE["q8_0"].block == 32
    assert TENSOR_TYPE["q4_0"].size == 18
    assert cache_bytes(LLAMA_7B, "f16") == 512 * 1024


def test_the_samplers_of_the_table_are_those_that_act_by_default() -> None:
    flags = dict(re.findall(r"^\| `--([a-z-]+) ([\d.]+)` \|", DOCS, re.MULTILINE))
    default = SamplingParams()
    assert {name: float(value) for name, value in flags.items()} == {
        "top-k": default.top_k, "top-p": default.top_p, "min-p": default.min_p,
        "temp": default.temp,
    }  # fmt: skip
    assert f"the {default.top_k} best" in row("`--top-k")[1]
    assert f"hold {default.top_p:.0%}".replace("%", " %") in row("`--top-p")[1]
    assert f"least {default.min_p:.0%}".replace("%", " %") in row("`--min-p")[1]
    off = SamplingParams(samplers=("top_k", "top_p", "min_p", "temperature"))
    assert [name for name in default.samplers if name in off.samplers] == list(off.samplers)


def test_the_code_that_is_named_is_there() -> None:
    rooms = (llama, row_order, context, params)
    names = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", PROSE, flags=re.DOTALL))
    for name in names:
        if "/" in name:
            assert (ROOT / name).is_file(), name
            continue
        owner, _, member = name.rpartition(".")
        places = [getattr(room, owner) for room in rooms if hasattr(room, owner)]
        assert any(hasattr(place, member) for place in places or rooms), name
    functions = getmembers(llama, isfunction)
    own = {name for name, function in functions if function.__module__ == llama.__name__}
    assert own <= set(names)


def random_llama(n_layers: int = 2) -> Llama:
    """4 heads of 8, pairs of them sharing keys and values."""
    rng, d, f = np.random.default_rng(1), 32, 48
    shapes: dict[str, tuple[int, ...]] = {"tok_embeddings": (50, d), "norm": (d,)}
    for n in range(n_layers):
        shapes |= {f"layers.{n}.attention.{name}": (d, d) for name in ("wq", "wo")}
        shapes |= {f"layers.{n}.attention.{name}": (d // 2, d) for name in ("wk", "wv")}
        shapes |= {f"layers.{n}.feed_forward.{name}": (f, d) for name in ("w1", "w3")}
        shapes[f"layers.{n}.feed_forward.w2"] = (d, f)
        shapes |= {f"layers.{n}.{name}": (d,) for name in ("attention_norm", "ffn_norm")}
    weights = {f"{name}.weight": rng.normal(size=shape) for name, shape in shapes.items()}
    return Llama(weights, n_layers, n_heads=4, n_kv_heads=2, norm_eps=1e-5)


def in_the_order_of_halves(model: Llama) -> Llama:
    """By the formula of the text: row 2i + s of the first = row i + s · c/2 of the second."""
    weights: dict[str, Array] = dict(model.weights)
    for name, neighbours in model.weights.items():
        if "attention.wq" in name or "attention.wk" in name:
            halves = np.empty_like(neighbours)
            for start in range(0, len(neighbours), 8):
                for i in range(4):
                    for s in (0, 1):
                        halves[start + i + s * 4] = neighbours[start + 2 * i + s]
            weights[name] = halves
    return replace(model, weights=weights, halves=True)


TOKENS = [7, 3, 49, 0, 21, 7]


def test_what_is_appended_changes_nothing_before() -> None:
    model = random_llama()
    assert logits(model, TOKENS[:4]) == pytest.approx(logits(model, TOKENS)[:4])


def test_a_score_depends_on_the_distance_alone() -> None:
    angles = rope_angles(random_llama(), 9)
    query, key = np.random.default_rng(2).normal(size=(2, 9, 1, 8))
    query[:], key[:] = query[0], key[0]
    turned = [rotated(x, angles, halves=False)[:, 0] for x in (query, key)]
    scores = turned[0] @ turned[1].T
    assert scores[1:, 1:] == pytest.approx(scores[:-1, :-1])
    assert abs(scores[0, 0] - scores[3, 0]) > 0.1


def test_both_pairings_are_one_model_and_the_wrong_one_shows_from_the_second_token_on() -> None:
    neighbours = random_llama()
    halves = in_the_order_of_halves(neighbours)
    right, wrong = logits(neighbours, TOKENS), logits(replace(halves, halves=False), TOKENS)
    assert logits(halves, TOKENS) == pytest.approx(right)
    assert wrong[0] == pytest.approx(right[0])
    assert (np.abs(wrong - right).max(axis=-1)[1:] > 0.1).all()
