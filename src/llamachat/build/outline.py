"""A plan in words and numbers: what a dry run prints.

Sizes are exact, for a plan knows every tensor of every output; memory is what the buffers of the
threads can take at most. Reads nothing but the disk's free space.
"""

from __future__ import annotations

from llamachat.build.block_work import PIECE_WEIGHTS
from llamachat.build.build_pass import block_weights, thread_count
from llamachat.build.plan import Plan
from llamachat.build.progress import size_text
from llamachat.gguf.layers import type_totals
from llamachat.hardware.disk import existing_folder, read_disk

_BASE_MEMORY = 80 << 20
"""bytes of an interpreter with NumPy and ggml's libraries, measured"""


def peak_memory(plan: Plan) -> int:
    """Bytes that a pass takes at most, beside the pages of the source and of the outputs.

    A thread has a block as f32 where it must be computed (an adapter, split tensors), each type
    that is made of it, and a piece of it as f32 and as f16.
    """
    threads = thread_count(plan.recipe.threads)
    block = block_weights(threads)
    widths = [0.0]
    for _, shares in plan.work:
        kinds = {(share.through, share.type) for share in shares}
        widths.append(sum(kind.size / kind.block for _, kind in kinds))
    piece = min(PIECE_WEIGHTS, block)
    return _BASE_MEMORY + int(threads * (block * (4 + max(widths)) + piece * (4 + 2)))


def outline(plan: Plan) -> str:
    """The plan as lines of text."""
    n_weights = sum(tensor.n_weights for tensor, _ in plan.work)
    lines = [f"{len(plan.work)} tensors, {n_weights / 1e6:,.1f} million weights"]
    for output in plan.outputs:
        lines.append(f"{output.path}  {output.ftype.quantize_name}  {size_text(output.size)}")
        for row in type_totals(output.tensors):
            plural = "" if row.n_tensors == 1 else "s"
            tensors = f"{row.n_tensors:5d} tensor{plural}"
            lines.append(f"  {row.type.name:<7}{tensors:<15}{size_text(row.n_bytes):>10}")
    for folder in dict.fromkeys(output.path.parent for output in plan.outputs):
        needed = sum(out.size for out in plan.outputs if out.path.parent == folder)
        free = read_disk(folder).free
        lines.append(
            f"Disk: {size_text(needed)} in {existing_folder(folder)}, {size_text(free)} free."
        )
    threads = thread_count(plan.recipe.threads)
    lines.append(
        f"Memory: at most {size_text(peak_memory(plan))} with {threads} "
        f"thread{'' if threads == 1 else 's'}, the file cache not counted."
    )
    return "\n".join(lines)
