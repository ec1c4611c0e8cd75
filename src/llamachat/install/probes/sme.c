/* SME: enters and leaves streaming mode and reads its vector length. Written as instruction
 * words, since compilers learned SME's names late. */
#include "probe.h"

int main(void) {
    unsigned long length;
    __asm__ volatile(
        ".inst 0xd503477f\n\t" /* smstart */
        ".inst 0x04bf5820\n\t" /* rdsvl x0, #1 */
        ".inst 0xd503467f\n\t" /* smstop */
        "mov %0, x0"
        : "=r"(length)
        :
        : "x0", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11",
          "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23",
          "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31", "cc", "memory");
    return length >= 16 && length <= 256 && length % 16 == 0 ? PROBE_RUNS : PROBE_WRONG_RESULT;
}
